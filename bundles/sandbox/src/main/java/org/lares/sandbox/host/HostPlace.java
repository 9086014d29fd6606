package org.lares.sandbox.host;

import java.nio.file.Path;

/**
 * Where hosts live.
 *
 * @param hosts the folder of their folders
 * @param socket of the container's door
 * @param javaHome of their JVMs
 * @param main the class that is started
 */
record HostPlace(Path hosts, Path socket, Path javaHome, String main) {}
