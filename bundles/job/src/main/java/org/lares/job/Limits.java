package org.lares.job;

import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the kernel lets all processes of a run together have. Where it cannot be kept to, the job is refused, unless the
 * limits are advisory.
 *
 * @param memory bytes, 1 MiB or more; a run that needs more is ended
 * @param cpu processors, 0.01 or more; a run that needs more is slowed down
 * @param processes processes and threads, 1 or more; more cannot be made
 * @param files open files of each process, 16 or more (setrlimit(2): RLIMIT_NOFILE)
 * @param advisory run without those that this machine cannot enforce
 */
public record Limits(
        OptionalLong memory, OptionalDouble cpu, OptionalInt processes, OptionalInt files, boolean advisory) {

    public static final Limits NONE =
            new Limits(OptionalLong.empty(), OptionalDouble.empty(), OptionalInt.empty(), OptionalInt.empty(), false);

    public Limits {
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(cpu, "cpu");
        Objects.requireNonNull(processes, "processes");
        Objects.requireNonNull(files, "files");
    }
}
