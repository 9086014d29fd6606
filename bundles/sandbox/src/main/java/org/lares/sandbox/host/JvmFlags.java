package org.lares.sandbox.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Options of a host's JVM that depend on what runs in it, such as a class archive. Threads that may wait call {@link #of}
 * and {@link #ended}; none of it may fail, as a host starts without them too.
 */
@FunctionalInterface
public interface JvmFlags {

    JvmFlags NONE = jvm -> List.of();

    /**
     * A JVM that is about to be started.
     *
     * @param java the executable
     * @param closure digest of what is in it
     * @param flags the other ones, ours and then the job's, except those that name the folder
     * @param folder the process's own, which it may write to; made before the start
     */
    record Jvm(Path java, String closure, List<Path> classPath, List<String> flags, Path folder) {
        public Jvm {
            classPath = List.copyOf(classPath);
            flags = List.copyOf(flags);
        }
    }

    /** The options for the start. */
    List<String> of(Jvm jvm);

    /** Its job is active: it has loaded what it needs for that. Must not wait. */
    default void ready(Jvm jvm, long pid) {}

    /** It has ended, or was not started at all. Its folder is removed when this returns. */
    default void ended(Jvm jvm) {}

    /** It has ended without ever having had a job to run: nothing is to be learned from it. */
    default void unused(Jvm jvm) {}

    /** Where that which makes it start quicker stands, for people; empty if there is nothing of the kind. */
    default Optional<String> note(Jvm jvm) {
        return Optional.empty();
    }
}
