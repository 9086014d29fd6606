package org.lares.job;

import java.time.Duration;

/**
 * What a run consumed, as far as it is known; for a bundle job only its own threads count.
 *
 * @param cpu user and system time
 * @param memory for a process the greatest resident set, for a bundle job what its threads allocated; bytes; -1 unknown,
 *     as it is for a process that never grew beyond the container that spawned it
 */
public record Usage(Duration cpu, long memory) {}
