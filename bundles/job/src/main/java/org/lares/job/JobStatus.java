package org.lares.job;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How one job is doing: a consistent view of one moment.
 *
 * @param disabled after the override database
 * @param overridden whether the override database says anything about it
 * @param run the live run
 * @param lastReason why the live or the last run was started
 * @param runs runs ever started under this label in this domain
 * @param successiveCrashes failures in a row
 * @param nextStart when the scheduled start is due, or the next interval fires
 * @param pending a demand that is remembered while the job runs or waits
 * @param obstacle why it cannot be started at present (bundle not active, ...)
 * @param gaveUp why it is {@link JobState#FAILED}
 * @param last the last ended run
 * @param quarantine why the job, defined for the container, runs in a process of its own (QuarantineOnFailure)
 * @param spares processes that stand ready for its next start (WarmInstances)
 * @param facts of the runner about how the job is run (what its process is made of); may be empty
 * @param notes passing remarks of the runner about the live run (left-over threads, failed executor tasks)
 */
public record JobStatus(
        Domain domain,
        JobSpec spec,
        JobState state,
        Wanted wanted,
        boolean disabled,
        boolean overridden,
        Optional<LiveRun> run,
        Optional<StartReason> lastReason,
        long runs,
        int successiveCrashes,
        Optional<Instant> nextStart,
        Optional<StartReason> pending,
        Optional<String> obstacle,
        Optional<String> gaveUp,
        Optional<RunRecord> last,
        Optional<String> quarantine,
        int spares,
        List<String> facts,
        List<String> notes) {

    public JobStatus {
        facts = List.copyOf(facts);
        notes = List.copyOf(notes);
    }

    /**
     * A run that exists now.
     *
     * @param ready when it said that it does its work; empty before, and for programs, which do not say
     */
    public record LiveRun(RunId id, OptionalLong pid, Instant since, StartReason reason, Optional<Instant> ready) {}

    /** The definition as it counts for the next run: another isolation than defined under quarantine. */
    public JobSpec effective() {
        return quarantine.isPresent() && spec.work() instanceof Work.BundleWork bundle
                ? spec.withWork(bundle.with(Isolation.PROCESS))
                : spec;
    }

    public Label label() {
        return spec.label();
    }

    public String target() {
        return domain.target(spec.label());
    }
}
