package org.lares.supervisor.core;

import java.util.Optional;
import org.lares.job.RunId;
import org.lares.job.StartReason;
import org.lares.supervisor.runner.ProcessIdentity;

/**
 * What is remembered of a label over restarts of the supervisor and the machine.
 *
 * @param enabledOverride the override database: empty says nothing, true enabled, false disabled
 * @param lastStart of the last run, however it was started; for the throttle
 * @param onceBootId the boot in which LaunchOnlyOnce had its start
 * @param live the run that existed when this was written
 */
public record Memory(
        Optional<Boolean> enabledOverride,
        long runs,
        int successiveCrashes,
        Optional<Time> lastStart,
        Optional<Time> lastAutomaticStart,
        Optional<StartReason> lastReason,
        Optional<String> onceBootId,
        Optional<String> gaveUp,
        Optional<Live> live) {

    public static final Memory NONE = new Memory(
            Optional.empty(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /**
     * A live run.
     *
     * @param process empty before it is known, and for a run inside the container
     * @param stop why it was asked to end, if it was
     */
    public record Live(
            RunId run, StartReason reason, Time started, Optional<ProcessIdentity> process, Optional<String> stop) {}
}
