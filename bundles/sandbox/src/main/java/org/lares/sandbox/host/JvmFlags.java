package org.lares.sandbox.host;

import java.util.List;

/** Options of a host's JVM that depend on what runs in it, such as a class archive. Called on threads that may wait. */
@FunctionalInterface
public interface JvmFlags {

    JvmFlags NONE = (closure, javaOptions) -> List.of();

    /**
     * The options for a process that is about to be started. Must not fail: a host starts without them too.
     *
     * @param javaOptions of the job, which follow these
     */
    List<String> of(HostClosure closure, List<String> javaOptions);

    /** A process with this closure did its work for a while and has ended in order: something may be learned from it. */
    default void ended(HostClosure closure, List<String> javaOptions) {}
}
