package org.lares.supervisor.core;

import java.util.Optional;
import org.lares.job.RunId;
import org.lares.job.StartReason;
import org.lares.supervisor.runner.ProcessIdentity;

/**
 * What is remembered of a label over restarts of the supervisor and the machine.
 *
 * @param enabledOverride the override database: empty says nothing, true enabled, false disabled
 * @param runs runs ever ordered
 * @param successiveCrashes failures in a row
 * @param lastStart of the last run, however it was started; for the throttle
 * @param onceBootId the boot in which LaunchOnlyOnce had its start
 * @param gaveUp why the job is not started any more; beside a live run: that run is recorded as ended, but could not be
 *     ended and may still be there
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
     * @param inContainer whether it lives and dies with the container's JVM; the definition may be another by now
     * @param process empty before it is known, and for a run inside the container
     * @param stop why it was asked to end, if it was
     */
    public record Live(
            RunId run,
            StartReason reason,
            Time started,
            boolean inContainer,
            Optional<ProcessIdentity> process,
            Optional<String> stop) {

        Live withProcess(ProcessIdentity identity) {
            return new Live(run, reason, started, inContainer, Optional.of(identity), stop);
        }

        Live withStop(String why) {
            return new Live(run, reason, started, inContainer, process, Optional.of(why));
        }
    }

    /** Whether a run that is already recorded as ended may still be there. */
    boolean hung() {
        return live.isPresent() && gaveUp.isPresent();
    }

    Memory withOverride(boolean enabled) {
        return new Memory(
                Optional.of(enabled),
                runs,
                successiveCrashes,
                lastStart,
                lastAutomaticStart,
                lastReason,
                onceBootId,
                gaveUp,
                live);
    }

    Memory withSuccessiveCrashes(int count) {
        return new Memory(
                enabledOverride, runs, count, lastStart, lastAutomaticStart, lastReason, onceBootId, gaveUp, live);
    }

    Memory withOnceBootId(String bootId) {
        return new Memory(
                enabledOverride,
                runs,
                successiveCrashes,
                lastStart,
                lastAutomaticStart,
                lastReason,
                Optional.of(bootId),
                gaveUp,
                live);
    }

    Memory withGaveUp(Optional<String> reason) {
        return new Memory(
                enabledOverride,
                runs,
                successiveCrashes,
                lastStart,
                lastAutomaticStart,
                lastReason,
                onceBootId,
                reason,
                live);
    }

    Memory withLive(Optional<Live> other) {
        return new Memory(
                enabledOverride,
                runs,
                successiveCrashes,
                lastStart,
                lastAutomaticStart,
                lastReason,
                onceBootId,
                gaveUp,
                other);
    }

    /** With a run that is about to be ordered. */
    Memory started(RunId run, StartReason reason, boolean inContainer, Time now) {
        return new Memory(
                enabledOverride,
                runs + 1,
                successiveCrashes,
                Optional.of(now),
                reason.kind() == StartReason.Kind.DEMAND ? lastAutomaticStart : Optional.of(now),
                Optional.of(reason),
                onceBootId,
                gaveUp,
                Optional.of(new Live(run, reason, now, inContainer, Optional.empty(), Optional.empty())));
    }
}
