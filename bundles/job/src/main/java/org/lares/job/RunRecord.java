package org.lares.job;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An ended run, as history keeps it.
 *
 * @param stop why it was asked to end, where it was asked (bootout, disable, kickstart -k, shutdown, kill by a person)
 * @param pid of its process, where it had one
 */
public record RunRecord(
        RunId run,
        StartReason reason,
        Instant started,
        Instant ended,
        RunEnd end,
        Optional<String> stop,
        Optional<Usage> usage,
        OptionalLong pid) {}
