package org.lares.job;

import java.nio.file.Path;
import java.util.List;

/**
 * How the process of an isolated bundle is made.
 *
 * @param javaOptions further options of its JVM, after our own, such as {@code -Xmx256m}
 * @param warmInstances processes kept ready, with the framework up and none of the job's code run; 0 to 8
 * @param repositories absolute folders with bundles that its closure may be taken from, before the distribution's
 */
public record HostOptions(List<String> javaOptions, int warmInstances, List<Path> repositories) {

    public static final HostOptions NONE = new HostOptions(List.of(), 0, List.of());

    public HostOptions {
        javaOptions = List.copyOf(javaOptions);
        repositories = List.copyOf(repositories);
    }
}
