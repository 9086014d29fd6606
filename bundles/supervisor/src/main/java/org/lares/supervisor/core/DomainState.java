package org.lares.supervisor.core;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.lares.job.JobSpec;
import org.lares.job.Label;

/**
 * A domain: its loaded jobs and what is remembered of those that are not. Immutable.
 *
 * @param lastRun the greatest run id given out
 * @param shutdown the request that waits for the end of all runs; present once a shutdown began
 */
public record DomainState(
        SortedMap<Label, Entry> jobs, Map<Label, Memory> memories, long lastRun, Optional<RequestId> shutdown) {

    /** A loaded job. */
    public record Entry(JobSpec spec, Job job) {}
}
