package org.lares.supervisor.core;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.lares.job.JobState;
import org.lares.job.RunEnd;
import org.lares.job.RunRecord;
import org.lares.job.Usage;
import org.lares.supervisor.runner.Runner;

/**
 * How a live run is brought to its end, and what is written down then (launchd.plist(5): ExitTimeOut): asked, after
 * ExitTimeOut forced, and given up when even that has no effect. launchd simulates the exit in the last case; here the run
 * stays remembered, and nothing is started beside it.
 */
final class RunEnding {
    /** From force to giving up on a run: what launchd 842 gives the kernel. */
    static final Duration KILL_TIME_OUT = Duration.ofSeconds(4);

    static final int FORCE = 9;

    /** Why a run in a process of its own is asked to end when its bundle is stopped in the container. */
    static final String BUNDLE_TAKEN = "the bundle was stopped, updated, refreshed or uninstalled";

    private RunEnding() {}

    /** Asks the live run to end, once. A run that is only being started is asked when it has started. */
    static void stop(Draft draft, String why) {
        if (draft.live().stop().isPresent()) {
            return;
        }
        draft.memory = draft.memory.withLive(Optional.of(draft.live().withStop(why)));
        if (draft.state == JobState.RUNNING) {
            end(draft);
        } else if (draft.state == JobState.STARTING) {
            armExit(draft);
        }
    }

    /**
     * The end of a run as the job's, not as its process tells it: that only heard that it was to end.
     *
     * @param live with what asked it to
     */
    static RunEnd seen(Memory.Live live, RunEnd end) {
        boolean taken = live.stop().equals(Optional.of(BUNDLE_TAKEN));
        return taken && end.cause() == RunEnd.Cause.STOPPED
                ? RunEnd.of(RunEnd.Cause.BUNDLE_STOPPED, end.detail())
                : end;
    }

    static void end(Draft draft) {
        draft.state = JobState.STOPPING;
        draft.signal(Runner.END, Optional.empty());
        armExit(draft);
    }

    private static void armExit(Draft draft) {
        Duration timeOut = draft.spec.policy().exitTimeOut();
        if (!timeOut.isZero()) {
            draft.arm(Timer.Kind.EXIT, timeOut);
        }
    }

    /** A run that was already asked to end gets the new time, from now on. */
    static void exitTimeOutChanged(Draft draft) {
        boolean asked = draft.state == JobState.STOPPING
                || (draft.state == JobState.STARTING && draft.live().stop().isPresent());
        if (asked) {
            draft.disarm(Timer.Kind.EXIT);
            armExit(draft);
        }
    }

    static void force(Draft draft) {
        draft.state = JobState.KILLING;
        draft.disarm(Timer.Kind.EXIT);
        draft.signal(FORCE, Optional.empty());
        draft.arm(Timer.Kind.KILL, KILL_TIME_OUT);
    }

    /** Force had no effect. The run is over for the books, but nothing may be started beside it. */
    static void hung(Draft draft) {
        Memory.Live live = draft.live();
        String reason = "run " + live.run()
                + live.process().map(p -> " (pid " + p.pid() + ")").orElse("") + " did not end within "
                + RestartDelay.seconds(KILL_TIME_OUT) + " of being ended by force";
        RunEnd end = RunEnd.of(RunEnd.Cause.HUNG, reason);
        if (!draft.memory.hung()) {
            record(draft, end, Optional.empty());
        }
        if (notInTheWay(draft)) {
            draft.lastEnd = Optional.of(end);
            gone(draft);
            return;
        }
        block(draft, reason);
        draft.refuseKickstarts(reason, "see to that first");
        if (draft.end.equals(Optional.of(Job.End.BOOTOUT))) {
            if (draft.bootouts.isEmpty()) {
                leave(draft);
                return;
            }
            for (RequestId request : draft.bootouts) {
                draft.refuse(request, "bootout", reason, "bootout again to forget the job all the same");
            }
            draft.bootouts.clear();
            draft.end = Optional.empty();
        }
    }

    /** Closes the books on a run that may still be there. It stays remembered, so that nothing is started beside it. */
    static void outOfReach(Draft draft, String reason) {
        if (!draft.memory.hung()) {
            record(draft, RunEnd.of(RunEnd.Cause.HUNG, reason), Optional.empty());
        }
        block(draft, reason);
    }

    private static void block(Draft draft, String reason) {
        draft.memory = draft.memory.withGaveUp(Optional.of(reason));
        draft.state = JobState.FAILED;
        draft.pending = Optional.empty();
    }

    /** What is left in the container of a run does not keep the next one from a process of its own. */
    static boolean notInTheWay(Draft draft) {
        return draft.live().place() == Place.CONTAINER && draft.place() != Place.CONTAINER;
    }

    /** The job was moved away from a run that could not be ended, and is not held up by it any more. */
    static void movedAway(Draft draft) {
        if (draft.memory.hung() && !draft.state.live() && notInTheWay(draft)) {
            draft.memory = draft.memory.withLive(Optional.empty()).withGaveUp(Optional.empty());
            draft.state = JobState.IDLE;
        }
    }

    /** It was recorded when it was given up; the job waits for a person all the same. */
    static void hungIsGone(Draft draft) {
        draft.memory = draft.memory.withLive(Optional.empty());
        draft.disarm(Timer.Kind.EXIT, Timer.Kind.KILL);
        draft.state = JobState.FAILED;
        if (draft.end.equals(Optional.of(Job.End.BOOTOUT))) {
            leave(draft);
        }
    }

    /** The live run is no more. */
    static void over(Draft draft, RunEnd end, Optional<Usage> usage) {
        Memory.Live live = draft.live();
        Optional<String> stop = record(draft, end, usage);
        if (stop.isEmpty()) {
            RestartDelay.ended(draft, end, live.started());
        }
        gone(draft);
    }

    private static void gone(Draft draft) {
        draft.memory = draft.memory.withLive(Optional.empty());
        draft.signalled = Optional.empty();
        draft.disarm(Timer.Kind.EXIT, Timer.Kind.KILL);
        draft.state = JobState.IDLE;
        if (draft.end.equals(Optional.of(Job.End.BOOTOUT))) {
            leave(draft);
        }
    }

    /** @return who asked for the end */
    static Optional<String> record(Draft draft, RunEnd end, Optional<Usage> usage) {
        Memory.Live live = draft.live();
        Optional<String> stop = live.stop()
                .or(() -> draft.signalled.filter(s -> explains(s, end)).map(Job.Signalling::by));
        Quarantine.ended(draft, live, end);
        draft.record(new RunRecord(
                live.run(),
                live.reason(),
                live.started().wall(),
                draft.now.wall(),
                end,
                stop,
                usage,
                live.process().map(p -> OptionalLong.of(p.pid())).orElseGet(OptionalLong::empty)));
        return stop;
    }

    /** A program may catch INT and TERM and exit with a status; of other signals only death by them counts. */
    private static boolean explains(Job.Signalling signalled, RunEnd end) {
        int signal = signalled.signal();
        return signal == 2 || signal == 15 || signal == FORCE || end.signal().equals(OptionalInt.of(signal));
    }

    static void leave(Draft draft) {
        RestartDelay.reset(draft);
        for (RequestId request : draft.bootouts) {
            draft.done(request, Optional.empty());
        }
        draft.bootouts.clear();
        draft.forget();
    }
}
