package org.lares.sandbox.host;

import java.nio.file.Path;
import java.util.List;
import org.lares.job.RunEnd;

/** Options of a host's JVM that depend on what runs in it, such as a class archive. Called on threads that may wait. */
@FunctionalInterface
public interface JvmFlags {

    JvmFlags NONE = (closure, javaOptions, folder) -> List.of();

    /**
     * The options for a process that is about to be started. Must not fail: a host starts without them too.
     *
     * @param javaOptions of the job, which follow these
     * @param folder the process's own, which it may be told to write to; made after this call
     */
    List<String> of(HostClosure closure, List<String> javaOptions, Path folder);

    /**
     * A process of which {@link #of} was asked has ended, its job having been active. What it wrote is a job's word. Not
     * called for processes of a former life of the container.
     *
     * @param folder removed when this returns
     */
    default void ended(HostClosure closure, List<String> javaOptions, Path folder, RunEnd end) {}
}
