package org.lares.supervisor.core;

import java.util.Optional;
import org.lares.job.Caller;
import org.lares.job.JobSpec;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.supervisor.runner.ProcessIdentity;

/** What can happen to one job. Events about a run carry its id; those of another run than the live one are stale. */
public sealed interface Event {

    /** The job was just bootstrapped, with what is remembered of its label already in the {@link Job}. */
    record Loaded() implements Event {}

    /** The definition was replaced; the spec given to the step is already the new one. */
    record Redefined(JobSpec before) implements Event {}

    /** The override database was changed. */
    record EnabledSet(boolean enabled, RequestId request, Caller caller) implements Event {}

    /** See {@link org.lares.job.JobControl#kickstart}. */
    record Kickstart(boolean kill, RequestId request, Caller caller) implements Event {}

    /** See {@link org.lares.job.JobControl#release}. */
    record ReleaseAsked(RequestId request, Caller caller) implements Event {}

    /** A person sends a signal. */
    record SignalAsked(int signal, RequestId request, Caller caller) implements Event {}

    /**
     * The job is to end and be forgotten.
     *
     * @param request empty if nobody waits (a bundle was uninstalled)
     */
    record Bootout(Optional<RequestId> request, String cause) implements Event {}

    /**
     * The domain ends; the job is to end and stay remembered.
     *
     * @param handover a run in a process goes on
     */
    record Shutdown(boolean handover) implements Event {}

    record Started(RunId run, Optional<ProcessIdentity> process) implements Event {}

    record StartFailed(RunId run, String reason) implements Event {}

    record Ended(RunId run, RunEnd end, Optional<Usage> usage) implements Event {}

    /** Answers {@link Effect.Signal}. */
    record Signalled(RunId run, int signal, Optional<RequestId> request, Optional<String> error) implements Event {}

    record TimerFired(Timer timer) implements Event {}

    record ConditionChanged(Condition condition, boolean holds) implements Event {}

    /** Whether the job can be started at all has changed: a reason why not, or empty. */
    record ObstacleChanged(Optional<String> obstacle) implements Event {}
}
