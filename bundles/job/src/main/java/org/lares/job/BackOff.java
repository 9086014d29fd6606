package org.lares.job;

import java.time.Duration;

/**
 * Growing delays between automatic restarts after failures; Lares' own key {@code BackOff}, off unless asked for. The
 * n-th consecutive failure waits {@code initial * multiplier^(n-1)}, at most {@code maximum}, plus up to
 * {@code jitter} of itself; never less than the throttle.
 *
 * @param initial over 0
 * @param multiplier 1 or more
 * @param maximum not below initial
 * @param jitter 0 to 1
 * @param resetAfter a run that lived this long clears the count of failures
 */
public record BackOff(Duration initial, double multiplier, Duration maximum, double jitter, Duration resetAfter) {
    public static final BackOff DEFAULT =
            new BackOff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.1, Duration.ofMinutes(10));
}
