package org.lares.supervisor.core;

import java.time.Duration;
import java.util.Optional;
import org.lares.job.JobState;
import org.lares.job.StartReason;
import org.lares.job.Wanted;

/**
 * The end of every step: decides from the draft as a whole, whatever led to it, whether the job is wanted, and if it has
 * no live run whether there is to be one: now, later, or not. So no handler can forget a job that is wanted.
 */
final class Settlement {
    private Settlement() {}

    /** Decides what follows from the draft as a whole: a start now, a start later, none. */
    static void settle(Draft draft) {
        settleInterval(draft);
        if (draft.state.live()) {
            draft.disarm(Timer.Kind.START);
            boolean goesOn = draft.state == JobState.STARTING || draft.state == JobState.RUNNING;
            boolean stops = draft.live().stop().isPresent();
            boolean again = draft.kick.isPresent() || draft.pending.isPresent();
            draft.wanted = draft.end.isEmpty() && ((goesOn && !stops) || again) ? Wanted.UP : Wanted.DOWN;
            return;
        }
        if (draft.kick.isEmpty()) {
            draft.refuseKickstarts("its run ended before it had started", "see: history " + draft.spec.label());
        }
        draft.disarm(Timer.Kind.START);
        draft.state = JobState.IDLE;
        draft.wanted = Wanted.DOWN;
        if (draft.disabled) {
            draft.pending = Optional.empty();
        }
        if (draft.memory.gaveUp().isPresent()) {
            draft.state = JobState.FAILED;
            draft.pending = Optional.empty();
            draft.refuseKickstarts(draft.memory.gaveUp().get(), "kickstart it again to try all the same");
        } else if (draft.end.isEmpty() && !draft.disabled) {
            draft.kick.ifPresentOrElse(kick -> settleKick(draft, kick), () -> settleAutomatic(draft));
        }
    }

    private static void settleInterval(Draft draft) {
        boolean armed =
                !draft.disabled && draft.end.isEmpty() && draft.memory.gaveUp().isEmpty();
        Optional<Duration> period = draft.spec.policy().startInterval().filter(p -> armed);
        if (period.isEmpty()) {
            draft.disarm(Timer.Kind.INTERVAL);
        } else if (!draft.timers.containsKey(Timer.Kind.INTERVAL)) {
            draft.arm(Timer.Kind.INTERVAL, period.get());
        }
    }

    private static void settleKick(Draft draft, StartReason kick) {
        if (draft.obstacle.isPresent()) {
            draft.refuseKickstarts(draft.obstacle.get(), "see: explain " + draft.spec.label());
            settleAutomatic(draft);
        } else {
            draft.wanted = Wanted.UP;
            draft.spawn(kick);
        }
    }

    private static void settleAutomatic(Draft draft) {
        Optional<StartReason> reason = StartPolicy.reason(draft);
        if (reason.isEmpty()) {
            return;
        }
        draft.wanted = Wanted.UP;
        if (draft.obstacle.isPresent()) {
            return;
        }
        Duration due = RestartDelay.due(draft);
        if (due.compareTo(draft.now.monotonic()) <= 0) {
            draft.spawn(reason.get());
        } else {
            draft.state = JobState.SCHEDULED;
            draft.timers.put(Timer.Kind.START, due);
        }
    }
}
