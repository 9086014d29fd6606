package org.lares.supervisor.core;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.RunEnd;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Wanted;

/**
 * The live record of a job. Immutable.
 *
 * @param memory what lasts; saved whenever it changes
 * @param disabled the effective state: override, else the definition's default
 * @param pending an automatic start that is owed until a run has started: RunAtLoad, pent-up demand
 * @param kick a start that a person asked for and that waits for the end of the live run
 * @param timers deadlines of the timers that are set
 * @param conditions what is known of the conditions that count; absent: not yet told
 * @param demanded whether there was a demand (KeepAlive's AfterInitialDemand)
 * @param adopted whether the live run was ordered by a former life of the supervisor
 * @param failures of the runs that count for give-up, oldest first; the last one also for the back-off
 * @param lastEnd the end that KeepAlive's SuccessfulExit and Crashed look at; a failed start is none
 * @param signalled the last signal that a person sent to the live run
 * @param kickstarts requests answered when the next run has started, or cannot
 * @param bootouts requests answered when the job is gone
 * @param prepared the definition for which the runner was told to make ready; empty if for none
 */
public record Job(
        Wanted wanted,
        JobState state,
        boolean disabled,
        Memory memory,
        Optional<StartReason> pending,
        Optional<StartReason> kick,
        Map<Timer.Kind, Duration> timers,
        Map<Condition, Boolean> conditions,
        boolean demanded,
        boolean adopted,
        Optional<String> obstacle,
        List<Time> failures,
        Optional<RunRecord> last,
        Optional<RunEnd> lastEnd,
        Optional<Signalling> signalled,
        Optional<End> end,
        List<RequestId> kickstarts,
        List<RequestId> bootouts,
        Optional<JobSpec> prepared) {

    public Job {
        Map<Timer.Kind, Duration> ordered = new EnumMap<>(Timer.Kind.class);
        ordered.putAll(timers);
        timers = Collections.unmodifiableMap(ordered);
        conditions = Map.copyOf(conditions);
        failures = List.copyOf(failures);
        kickstarts = List.copyOf(kickstarts);
        bootouts = List.copyOf(bootouts);
    }

    /** What happens when the live run is over: the job is booted out, or the domain shuts down. */
    public enum End {
        BOOTOUT,
        SHUTDOWN,
        /** The container goes, a run in a process stays. */
        HANDOVER
    }

    /** A signal sent by a person. */
    public record Signalling(int signal, String by) {}

    /** A job as it is right before its {@link Event.Loaded}. */
    public static Job of(Memory memory, JobSpec spec, Optional<String> obstacle) {
        return new Job(
                Wanted.DOWN,
                JobState.IDLE,
                memory.enabledOverride()
                        .map(enabled -> !enabled)
                        .orElse(spec.policy().disabled()),
                memory,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                memory.live().isPresent(),
                false,
                obstacle,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty());
    }
}
