/**
 * The framework of a host: Felix, with what the container gives a bundle provided by the system bundle itself, off the
 * JVM's class path, so that the only bundles are the closure's. They are installed from their files, or are, by OSGi
 * Connect, on that class path too.
 */
package org.lares.host.framework;
