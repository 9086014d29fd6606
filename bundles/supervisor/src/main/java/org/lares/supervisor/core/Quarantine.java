package org.lares.supervisor.core;

import org.lares.job.JobSpec;
import org.lares.job.RunEnd;

/**
 * QuarantineOnFailure: a bundle defined for the container, runs of which harmed the JVM that all share, gets a process of its
 * own, and does not go back before a person releases it or its definition puts it elsewhere.
 */
final class Quarantine {
    private Quarantine() {}

    /** The definition as it counts for the next run. */
    static JobSpec effective(JobSpec definition, Memory memory) {
        return memory.harm().quarantine().isPresent() ? Place.HOST.spec(definition) : definition;
    }

    /** A run has ended; if it was one too many of those that did harm, the next one is elsewhere. */
    static void ended(Draft draft, Memory.Live live, RunEnd end) {
        boolean counts =
                live.place() == Place.CONTAINER && Place.of(draft.spec.work()) == Place.CONTAINER && harmful(end);
        if (!counts) {
            return;
        }
        Memory.Harm harm = draft.memory.harm().andOne();
        int limit = draft.spec.policy().quarantineOnFailure().orElse(Integer.MAX_VALUE);
        if (harm.runs() >= limit && harm.quarantine().isEmpty()) {
            harm = harm.because(harm.runs() + (harm.runs() == 1 ? " run" : " runs")
                    + " harmed the container's JVM, the last one, run " + live.run() + ": " + what(end));
        }
        draft.memory = draft.memory.withHarm(harm);
    }

    private static boolean harmful(RunEnd end) {
        return switch (end.cause()) {
            case OUT_OF_MEMORY, HUNG, WATCHDOG -> true;
            default -> end.leftThreads() > 0;
        };
    }

    private static String what(RunEnd end) {
        String left = end.leftThreads() == 0
                ? ""
                : " (" + end.leftThreads() + (end.leftThreads() == 1 ? " thread" : " threads") + " left behind)";
        return end.text() + left;
    }

    /** What is defined for a process anyway, or is no bundle, has nothing to be quarantined from. */
    static void defined(Draft draft) {
        if (Place.of(draft.spec.work()) != Place.CONTAINER) {
            draft.memory = draft.memory.withHarm(Memory.Harm.NONE);
        }
    }
}
