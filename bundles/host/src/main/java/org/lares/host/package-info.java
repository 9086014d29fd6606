/** The process of an isolated job: its main(), and how it talks to its container. */
package org.lares.host;
