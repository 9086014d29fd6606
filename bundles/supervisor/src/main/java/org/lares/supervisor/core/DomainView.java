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
     * What runners say about a job and nothing is decided by.
     *
     * @param notes about the live or the last run
     * @param ready when the live run said that it does its work
     */
    public record Told(List<String> notes, Optional<Instant> ready) {
        public static final Told NOTHING = new Told(List.of(), Optional.empty());

        public Told {
            notes = List.copyOf(notes);
        }
    }

    /** What runners answer when they are asked. */
    public interface Asked {
        int spares(Label label);

        List<String> facts(Label label);
    }

    /**
     * All jobs by label.
     *
     * @param now to tell due times by the wall clock; they move when that jumps
     */
    public static List<JobStatus> of(Domain domain, DomainState state, Map<Label, Told> told, Asked asked, Time now) {
        return state.jobs().values().stream()
                .map(entry ->
                        status(domain, entry, told.getOrDefault(entry.spec().label(), Told.NOTHING), asked, now))
                .toList();
    }

    /** One job; empty if it is not loaded. */
    public static Optional<JobStatus> of(
            Domain domain, DomainState state, Label label, Map<Label, Told> told, Asked asked, Time now) {
        return Optional.ofNullable(state.jobs().get(label))
                .map(entry -> status(domain, entry, told.getOrDefault(label, Told.NOTHING), asked, now));
    }

    private static JobStatus status(Domain domain, DomainState.Entry entry, Told told, Asked asked, Time now) {
        Label label = entry.spec().label();
        Job job = entry.job();
        Memory memory = job.memory();
        return new JobStatus(
                domain,
                entry.spec(),
                job.state(),
                job.wanted(),
                job.disabled(),
                memory.enabledOverride().isPresent(),
                memory.live().filter(live -> job.state().live()).map(live -> liveRun(live, told.ready())),
                memory.lastReason(),
                memory.runs(),
                memory.successiveCrashes(),
                nextStart(job, now),
                pending(job),
                job.obstacle(),
                memory.gaveUp(),
                job.last(),
                memory.harm().quarantine(),
                asked.spares(label),
                asked.facts(label),
                told.notes());
    }

    /** What the run that is just being started is for is not pending any more. */
    private static Optional<StartReason> pending(Job job) {
        boolean served = job.state() == JobState.STARTING
                && job.memory().live().flatMap(Memory.Live::stop).isEmpty();
        return served ? Optional.empty() : job.kick().or(job::pending);
    }

    static JobStatus.LiveRun liveRun(Memory.Live live, Optional<Instant> ready) {
        return new JobStatus.LiveRun(
                live.run(),
                live.process().map(p -> OptionalLong.of(p.pid())).orElseGet(OptionalLong::empty),
                live.started().wall(),
                live.reason(),
                ready);
    }

    private static Optional<Instant> nextStart(Job job, Time now) {
        Duration due = job.timers().getOrDefault(Timer.Kind.START, job.timers().get(Timer.Kind.INTERVAL));
        return Optional.ofNullable(due).map(deadline -> now.wall().plus(deadline.minus(now.monotonic())));
    }
}
