package org.lares.sandbox;

import java.nio.file.Path;
import java.util.Set;

/**
 * A mounted hierarchy of control groups in which this container may make groups (cgroups(7)).
 *
 * @param unified whether it is version 2
 * @param own the group that the container's groups are made in
 * @param base the group of this container's runs; made with the first of them
 * @param controllers of {@code memory}, {@code cpu}, {@code cpuacct}, {@code pids}: those that work in groups below base
 */
record Hierarchy(boolean unified, Path own, Path base, Set<String> controllers) {
    Hierarchy {
        controllers = Set.copyOf(controllers);
    }

    boolean has(String controller) {
        return controllers.contains(controller);
    }

    /**
     * The file into which a single-threaded process writes 0 to join a group. In version 1 it is the one of threads: the
     * one of processes waits for all processors, some milliseconds, lest the process makes a thread meanwhile.
     */
    String joiningFile() {
        return unified ? "cgroup.procs" : "tasks";
    }
}
