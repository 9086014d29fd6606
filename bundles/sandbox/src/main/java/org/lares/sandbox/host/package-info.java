/**
 * Isolated bundles, the container's side: a process is made for each run, proves itself over the wire, is told what to do
 * and explained when it has ended. The other side is {@code org.lares.host}.
 */
package org.lares.sandbox.host;
