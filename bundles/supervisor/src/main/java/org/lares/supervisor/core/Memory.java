package org.lares.supervisor.core;

import java.util.Optional;
import java.util.function.Consumer;
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
 * @param harm what runs did to the container's JVM
 * @param settledBootId the boot in which the job was loaded and, having had the start that loading it asks for, was not to
 *     run; empty before, while it runs, and after a bootout or an orderly shutdown
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
        Optional<Live> live,
        Harm harm,
        Optional<String> settledBootId) {

    public static final Memory NONE = new Memory(
            Optional.empty(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Harm.NONE,
            Optional.empty());

    /**
     * A live run.
     *
     * @param place where it is; the definition may be another by now
     * @param process empty before it is known, and for a run inside the container
     * @param stop why it was asked to end, if it was
     */
    public record Live(
            RunId run,
            StartReason reason,
            Time started,
            Place place,
            Optional<ProcessIdentity> process,
            Optional<String> stop) {

        Live withProcess(ProcessIdentity identity) {
            return new Live(run, reason, started, place, Optional.of(identity), stop);
        }

        Live withStop(String why) {
            return new Live(run, reason, started, place, process, Optional.of(why));
        }
    }

    /**
     * What runs inside the container did to its JVM.
     *
     * @param runs how many exhausted the memory, missed the watchdog, could not be ended or left threads behind; since the
     *     last release
     * @param quarantine why the job is not run in the container any more
     */
    public record Harm(int runs, Optional<String> quarantine) {
        public static final Harm NONE = new Harm(0, Optional.empty());

        Harm andOne() {
            return new Harm(runs + 1, quarantine);
        }

        Harm because(String reason) {
            return new Harm(runs, Optional.of(reason));
        }
    }

    /** Whether a run that is already recorded as ended may still be there. */
    boolean hung() {
        return live.isPresent() && gaveUp.isPresent();
    }

    Memory withOverride(boolean enabled) {
        return change(change -> change.enabledOverride = Optional.of(enabled));
    }

    Memory withSuccessiveCrashes(int count) {
        return change(change -> change.successiveCrashes = count);
    }

    Memory withOnceBootId(String bootId) {
        return change(change -> change.onceBootId = Optional.of(bootId));
    }

    Memory withGaveUp(Optional<String> reason) {
        return change(change -> change.gaveUp = reason);
    }

    Memory withLive(Optional<Live> other) {
        return change(change -> change.live = other);
    }

    Memory withHarm(Harm other) {
        return change(change -> change.harm = other);
    }

    Memory withSettledBootId(Optional<String> bootId) {
        return change(change -> change.settledBootId = bootId);
    }

    /** With a run that is about to be ordered. */
    Memory started(RunId run, StartReason reason, Place place, Time now) {
        return change(change -> {
            change.runs = runs + 1;
            change.lastStart = Optional.of(now);
            if (reason.kind() != StartReason.Kind.DEMAND) {
                change.lastAutomaticStart = Optional.of(now);
            }
            change.lastReason = Optional.of(reason);
            change.live = Optional.of(new Live(run, reason, now, place, Optional.empty(), Optional.empty()));
        });
    }

    private Memory change(Consumer<Change> what) {
        Change change = new Change(this);
        what.accept(change);
        return change.done();
    }

    /** A memory of which single values are replaced. */
    private static final class Change {
        private Optional<Boolean> enabledOverride;
        private long runs;
        private int successiveCrashes;
        private Optional<Time> lastStart;
        private Optional<Time> lastAutomaticStart;
        private Optional<StartReason> lastReason;
        private Optional<String> onceBootId;
        private Optional<String> gaveUp;
        private Optional<Live> live;
        private Harm harm;
        private Optional<String> settledBootId;

        Change(Memory before) {
            enabledOverride = before.enabledOverride;
            runs = before.runs;
            successiveCrashes = before.successiveCrashes;
            lastStart = before.lastStart;
            lastAutomaticStart = before.lastAutomaticStart;
            lastReason = before.lastReason;
            onceBootId = before.onceBootId;
            gaveUp = before.gaveUp;
            live = before.live;
            harm = before.harm;
            settledBootId = before.settledBootId;
        }

        Memory done() {
            return new Memory(
                    enabledOverride,
                    runs,
                    successiveCrashes,
                    lastStart,
                    lastAutomaticStart,
                    lastReason,
                    onceBootId,
                    gaveUp,
                    live,
                    harm,
                    settledBootId);
        }
    }
}
