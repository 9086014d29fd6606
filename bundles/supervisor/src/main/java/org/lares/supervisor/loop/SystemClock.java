package org.lares.supervisor.loop;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.lares.supervisor.core.Time;
import org.lares.xpc.posix.Posix;

/**
 * This machine's three readings of time. On Linux {@link System#nanoTime} is CLOCK_MONOTONIC, which counts from the boot, so
 * that readings of two lives of the container within one boot compare.
 */
public final class SystemClock implements Supplier<Time> {
    private final String bootId;

    /** @throws IOException if the kernel does not tell its boot id */
    public SystemClock() throws IOException {
        bootId = Posix.bootId();
    }

    @Override
    public Time get() {
        return new Time(Instant.now(), Duration.ofNanos(System.nanoTime()), bootId);
    }
}
