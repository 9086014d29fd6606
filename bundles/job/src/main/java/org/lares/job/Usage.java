package org.lares.job;

import java.time.Duration;

/**
 * What a run consumed, as far as it is known; for a bundle job only its own threads count.
 *
 * @param cpu user and system time
 * @param memory for a process the greatest resident set, for a bundle job what its threads allocated; bytes; -1 unknown
 */
public record Usage(Duration cpu, long memory) {}
