package org.lares.xpc.posix;

import java.time.Duration;

/**
 * How a process ended, as its wait status says; an exit status above 128 is never taken for a signal.
 *
 * @param signaled whether a signal ended it
 * @param number the signal if so, else the exit status of 0 to 255
 * @param cpu user and system time, with that of the descendants it waited for; zero where {@code measured} is false
 * @param memory greatest resident set in bytes; -1 where unknown
 * @param measured whether the kernel told what was consumed
 */
public record Exit(boolean signaled, int number, Duration cpu, long memory, boolean measured) {

    /** Reads a wait status (wait(2)) without figures. */
    public static Exit ofWaitStatus(int status) {
        return of(status, Duration.ZERO, -1, false);
    }

    /** Reads a wait status with what is known of the consumption. */
    public static Exit ofWaitStatus(int status, Duration cpu, long memory) {
        return of(status, cpu, memory, true);
    }

    private static Exit of(int status, Duration cpu, long memory, boolean measured) {
        int signal = status & 0x7f;
        return signal != 0
                ? new Exit(true, signal, cpu, memory, measured)
                : new Exit(false, (status >> 8) & 0xff, cpu, memory, measured);
    }
}
