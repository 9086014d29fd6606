package org.lares.sandbox.host;

import java.time.Duration;

/**
 * When hosts are made ahead.
 *
 * @param quiet since the last start or definition of an isolated job: what is wanted now goes before what may be
 *     wanted later
 * @param latest that a spare waits for that quiet
 * @param idle without a start of the job, after which its spares are let go until the next one
 * @param retry after a spare that failed; doubled with each further one
 * @param longestRetry the bound of that
 */
record SpareTimes(Duration quiet, Duration latest, Duration idle, Duration retry, Duration longestRetry) {
    static final SpareTimes DEFAULT = new SpareTimes(
            Duration.ofSeconds(1),
            Duration.ofSeconds(15),
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5));

    Duration retry(int failures) {
        Duration time = retry.multipliedBy(1L << Math.min(failures - 1, 20));
        return time.compareTo(longestRetry) < 0 ? time : longestRetry;
    }
}
