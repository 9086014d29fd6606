package org.lares.supervisor.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.lares.job.Domain;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.StartReason;

/** A domain's state as readers see it. Pure. */
public final class DomainView {
    private DomainView() {}

    /**
     * All jobs by label.
     *
     * @param notes of the runners about live runs
     * @param now to tell due times by the wall clock; they move when that jumps
     */
    public static List<JobStatus> of(Domain domain, DomainState state, Map<Label, List<String>> notes, Time now) {
        return state.jobs().values().stream()
                .map(entry ->
                        status(domain, entry, notes.getOrDefault(entry.spec().label(), List.of()), now))
                .toList();
    }

    /** One job; empty if it is not loaded. */
    public static Optional<JobStatus> of(
            Domain domain, DomainState state, Label label, Map<Label, List<String>> notes, Time now) {
        return Optional.ofNullable(state.jobs().get(label))
                .map(entry -> status(domain, entry, notes.getOrDefault(label, List.of()), now));
    }

    static JobStatus status(Domain domain, DomainState.Entry entry, List<String> notes, Time now) {
        Job job = entry.job();
        Memory memory = job.memory();
        return new JobStatus(
                domain,
                entry.spec(),
                job.state(),
                job.wanted(),
                job.disabled(),
                memory.enabledOverride().isPresent(),
                memory.live().filter(live -> job.state().live()).map(DomainView::liveRun),
                memory.lastReason(),
                memory.runs(),
                memory.successiveCrashes(),
                nextStart(job, now),
                pending(job),
                job.obstacle(),
                memory.gaveUp(),
                job.last(),
                Optional.empty(),
                0,
                notes);
    }

    /** What the run that is just being started is for is not pending any more. */
    private static Optional<StartReason> pending(Job job) {
        boolean served = job.state() == JobState.STARTING
                && job.memory().live().flatMap(Memory.Live::stop).isEmpty();
        return served ? Optional.empty() : job.kick().or(job::pending);
    }

    static JobStatus.LiveRun liveRun(Memory.Live live) {
        return new JobStatus.LiveRun(
                live.run(),
                live.process().map(p -> OptionalLong.of(p.pid())).orElseGet(OptionalLong::empty),
                live.started().wall(),
                live.reason(),
                Optional.empty());
    }

    private static Optional<Instant> nextStart(Job job, Time now) {
        Duration due = job.timers().getOrDefault(Timer.Kind.START, job.timers().get(Timer.Kind.INTERVAL));
        return Optional.ofNullable(due).map(deadline -> now.wall().plus(deadline.minus(now.monotonic())));
    }
}
