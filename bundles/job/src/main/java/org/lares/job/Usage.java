package org.lares.job;

import java.time.Duration;

/**
 * What a run consumed, as far as it is known; for a bundle job only its own threads count.
 *
 * @param cpu user and system time
 * @param memory bytes; for processes in control groups the most they had together, with their file cache; for others the
 *     greatest resident set of the leader, unknown if it never grew beyond the container that spawned it; for a bundle job
 *     in the container what its threads allocated; -1 unknown
 */
public record Usage(Duration cpu, long memory) {}
