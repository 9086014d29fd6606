/** Which bundles the host of an isolated job needs, found outside the container's framework, and where they are kept. */
package org.lares.sandbox.closure;
