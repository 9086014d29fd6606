package org.lares.host.run;

import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;

/** What has failed in a job's code as the end of its run. A lack of memory is the cause wherever it shows. */
public final class Failure {
    private static final int CAUSES_LIMIT = 20;

    private Failure() {}

    /** @param otherwise the cause if it was no lack of memory */
    public static RunEnd of(Cause otherwise, Throwable thrown) {
        return of(otherwise, thrown, Stacks.of(thrown));
    }

    /** @param detail for people */
    public static RunEnd of(Cause otherwise, Throwable thrown, String detail) {
        return RunEnd.of(isOutOfMemory(thrown) ? Cause.OUT_OF_MEMORY : otherwise, detail);
    }

    /** @param text of {@link Components#failure} */
    public static RunEnd ofComponent(String text) {
        return RunEnd.of(
                text.contains(OutOfMemoryError.class.getName()) ? Cause.OUT_OF_MEMORY : Cause.ACTIVATION_FAILED, text);
    }

    /** Whether it is a lack of memory, or was caused by one. */
    public static boolean isOutOfMemory(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < CAUSES_LIMIT; depth++, cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
        }
        return false;
    }
}
