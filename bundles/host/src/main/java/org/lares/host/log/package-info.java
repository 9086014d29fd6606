/**
 * Where a host's logging ends: slf4j, the log service of OSGi and java.util.logging, all written to standard output in
 * the format of a run's log in the container.
 */
package org.lares.host.log;
