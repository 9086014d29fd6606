package org.lares.supervisor.core;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lares.job.JobSpec;
import org.lares.job.Label;

/**
 * A domain: its loaded jobs and what is remembered of those that are not. Immutable.
 *
 * @param memories of labels that are not loaded; a live run in one of them waits for a definition to adopt it
 * @param leftBehind labels among them that were booted out in this life although their run could not be ended
 * @param successors definitions that a source brought while the former run of their label was still ending; loaded when it
 *     is over
 * @param lastRun the greatest run id given out
 * @param shutdown present once a shutdown began
 */
public record DomainState(
        SortedMap<Label, Entry> jobs,
        Map<Label, Memory> memories,
        Set<Label> leftBehind,
        Map<Label, Successor> successors,
        long lastRun,
        Optional<Shutdown> shutdown) {

    public static final DomainState EMPTY =
            new DomainState(new TreeMap<>(), Map.of(), Set.of(), Map.of(), 0, Optional.empty());

    public DomainState {
        jobs = Collections.unmodifiableSortedMap(new TreeMap<>(jobs));
        memories = Map.copyOf(memories);
        leftBehind = Set.copyOf(leftBehind);
        successors = Map.copyOf(successors);
    }

    /** A loaded job. */
    public record Entry(JobSpec spec, Job job) {

        /** The definition as it counts for the next run: another isolation than defined under quarantine. */
        public JobSpec effective() {
            return Quarantine.effective(spec, job.memory());
        }
    }

    /** A definition that waits to be loaded. */
    public record Successor(JobSpec spec, Optional<String> obstacle) {}

    /**
     * @param waiting requests answered when no live run is left that is to end
     * @param handover whether processes go on
     */
    public record Shutdown(List<RequestId> waiting, boolean handover) {
        public Shutdown {
            waiting = List.copyOf(waiting);
        }
    }
}
