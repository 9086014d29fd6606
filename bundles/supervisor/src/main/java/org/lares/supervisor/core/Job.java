package org.lares.supervisor.core;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lares.job.JobState;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Wanted;

/**
 * The live record of a job. Immutable.
 *
 * @param memory what lasts; saved whenever it changes
 * @param disabled the effective state: override, else the definition's default
 * @param pending a start that was asked for and not yet given: pent-up demand
 * @param timers deadlines of the timers that are set
 * @param holding the watched conditions that hold
 */
public record Job(
        Wanted wanted,
        JobState state,
        boolean disabled,
        Memory memory,
        Optional<StartReason> pending,
        Map<Timer.Kind, Duration> timers,
        Set<Condition> holding,
        boolean demanded,
        Optional<String> obstacle,
        List<Time> failures,
        Optional<RunRecord> last,
        Optional<End> end,
        List<RequestId> waiting) {

    /** What happens when the live run is over: the job is booted out, or the domain shuts down. */
    public enum End {
        BOOTOUT,
        SHUTDOWN
    }
}
