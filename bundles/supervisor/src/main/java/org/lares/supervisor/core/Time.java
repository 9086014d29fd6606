package org.lares.supervisor.core;

import java.time.Duration;
import java.time.Instant;

/**
 * A moment, as three readings. Durations are measured by {@code monotonic} alone, within one boot; {@code wall} may jump
 * and is only written down.
 *
 * @param monotonic since the boot, not counting suspend (CLOCK_MONOTONIC)
 * @param bootId changes with each boot of the machine; monotonic times of two boots do not compare
 */
public record Time(Instant wall, Duration monotonic, String bootId) {

    /** From an earlier moment to this one; empty if the machine was booted in between. */
    public java.util.Optional<Duration> since(Time earlier) {
        return bootId.equals(earlier.bootId)
                ? java.util.Optional.of(monotonic.minus(earlier.monotonic))
                : java.util.Optional.empty();
    }
}
