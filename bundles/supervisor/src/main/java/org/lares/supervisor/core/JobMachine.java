package org.lares.supervisor.core;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.Policy;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.StartReason;
import org.lares.job.Work;

/**
 * The state machine of one job: a function from (definition, job, event, time) to (job, effects). No clock, no thread, no
 * I/O: equal arguments give equal decisions, and every event is answered in every state. May be called from any thread.
 *
 * <p>A step has three parts. Stale events, of a run or a timer that is no more, are dropped in one place ({@link #stale}).
 * The handler of the event changes the draft of the job. Then, if the job has no live run, {@link Settlement} decides afresh
 * from the whole of the draft whether it is to have one: now, later, or not. So a start is decided in one place whatever
 * led to it, and a job that is wanted cannot be forgotten by a handler. What has to be saved and which timers have to be
 * set follows from comparing the draft with the job as it was.
 *
 * <pre>
 *             order                Started              stop asked             ExitTimeOut
 *  IDLE     --------> STARTING  ----------> RUNNING  ------------> STOPPING  -------------> KILLING
 *  SCHEDULED             |                     |                       |                       |
 *     ^                  | StartFailed         | Ended                 | Ended                 | Ended
 *     +------ settle <---+---------------------+-----------------------+-----------------------+
 *                |                                                                             | no end
 *                +--> FAILED (given up)  <-----------------------------------------------------+
 * </pre>
 */
public final class JobMachine {
    private static final int MAX_SIGNAL = 64;

    private JobMachine() {}

    /**
     * @param spec the definition that counts from now on
     * @param nextRun the id of the run if this step orders one; at most one
     */
    public static Decision step(JobSpec spec, Job job, Event event, Time now, RunId nextRun) {
        if (stale(spec, job, event)) {
            return new Decision(job, List.of());
        }
        Draft draft = new Draft(spec, job, now, nextRun);
        handle(draft, event);
        if (!draft.forgotten()) {
            Settlement.settle(draft);
        }
        return draft.decide();
    }

    private static boolean stale(JobSpec spec, Job job, Event event) {
        Optional<RunId> live = job.memory().live().map(Memory.Live::run);
        if (event instanceof Event.Loaded) {
            return job.state() != JobState.IDLE;
        }
        if (event instanceof Event.Started started) {
            return !live.equals(Optional.of(started.run())) || !awaitsStart(job.state());
        }
        if (event instanceof Event.StartFailed failed) {
            return !live.equals(Optional.of(failed.run())) || !awaitsStart(job.state());
        }
        if (event instanceof Event.Ended ended) {
            return !live.equals(Optional.of(ended.run()));
        }
        if (event instanceof Event.TimerFired fired) {
            return !fired.timer()
                    .deadline()
                    .equals(job.timers().get(fired.timer().kind()));
        }
        if (event instanceof Event.ConditionChanged changed) {
            return !StartPolicy.conditions(spec.policy()).contains(changed.condition());
        }
        return false;
    }

    /** Force may have been used on a run that took too long to start. */
    private static boolean awaitsStart(JobState state) {
        return state == JobState.STARTING || state == JobState.KILLING;
    }

    private static void handle(Draft draft, Event event) {
        if (event instanceof Event.Loaded) {
            loaded(draft);
        } else if (event instanceof Event.Redefined redefined) {
            redefined(draft, redefined.before());
        } else if (event instanceof Event.EnabledSet set) {
            enabledSet(draft, set);
        } else if (event instanceof Event.Kickstart kickstart) {
            kickstart(draft, kickstart);
        } else if (event instanceof Event.ReleaseAsked release) {
            releaseAsked(draft, release);
        } else if (event instanceof Event.SignalAsked asked) {
            signalAsked(draft, asked);
        } else if (event instanceof Event.Bootout bootout) {
            bootout(draft, bootout);
        } else if (event instanceof Event.Shutdown shutdown) {
            shutdown(draft, shutdown.handover());
        } else if (event instanceof Event.Started started) {
            started(draft, started);
        } else if (event instanceof Event.StartFailed failed) {
            startFailed(draft, failed);
        } else if (event instanceof Event.Ended ended) {
            ended(draft, ended);
        } else if (event instanceof Event.Signalled signalled) {
            signalled(draft, signalled);
        } else if (event instanceof Event.TimerFired fired) {
            timerFired(draft, fired.timer().kind());
        } else if (event instanceof Event.ConditionChanged changed) {
            draft.conditions.put(changed.condition(), changed.holds());
        } else if (event instanceof Event.ObstacleChanged changed) {
            draft.obstacle = changed.obstacle();
        } else {
            throw new IllegalArgumentException("no handler for " + event.getClass());
        }
    }

    private static void loaded(Draft draft) {
        draft.watch(List.of(), StartPolicy.conditions(draft.spec.policy()));
        Quarantine.defined(draft);
        if (draft.memory.live().isEmpty()) {
            boolean settled = draft.memory.settledBootId().equals(Optional.of(draft.now.bootId()));
            draft.pending = settled ? Optional.empty() : StartPolicy.atLoad(draft.spec.policy());
            return;
        }
        Memory.Live live = draft.live();
        if (!live.started().bootId().equals(draft.now.bootId())) {
            lost(draft, "the machine was booted anew");
        } else if (live.place() == Place.CONTAINER) {
            lost(draft, "the container was started anew");
        } else if ((live.place() == Place.PROGRAM) != (draft.place() == Place.PROGRAM)) {
            RunEnding.outOfReach(
                    draft,
                    "run " + live.run()
                            + live.process().map(p -> " (pid " + p.pid() + ")").orElse("")
                            + " of the former definition is a "
                            + (live.place() == Place.PROGRAM ? "program" : "bundle in a process of its own")
                            + " that may still be there");
        } else {
            takeOver(draft);
        }
    }

    /** The live run that is remembered cannot be there any more. */
    private static void lost(Draft draft, String how) {
        if (draft.memory.hung()) {
            draft.memory = draft.memory.withLive(Optional.empty());
            RestartDelay.reset(draft);
        } else {
            RunEnd end = RunEnd.of(RunEnd.Cause.LOST, how);
            RunEnding.record(draft, end, Optional.empty());
            if (draft.spec.policy().launchOnlyOnce()) {
                draft.memory =
                        draft.memory.withOnceBootId(draft.live().started().bootId());
            }
            draft.memory = draft.memory.withLive(Optional.empty());
            draft.lastEnd = Optional.of(end);
        }
        draft.pending = StartPolicy.atLoad(draft.spec.policy());
    }

    private static void takeOver(Draft draft) {
        Memory.Live live = draft.live();
        if (draft.disabled && live.stop().isEmpty()) {
            draft.memory = draft.memory.withLive(Optional.of(live.withStop("disabled")));
        }
        if (draft.live().stop().isPresent()) {
            draft.pending = StartPolicy.atLoad(draft.spec.policy());
        } else if (live.place() != draft.place()) {
            draft.memory = draft.memory.withLive(Optional.of(live.withStop("moved to the container")));
            draft.pending = Optional.of(StartPolicy.speculative("moved to the container"));
        }
        draft.adopt();
    }

    private static void redefined(Draft draft, JobSpec before) {
        Work workBefore = Quarantine.effective(before, draft.memory).work();
        Quarantine.defined(draft);
        RunEnding.movedAway(draft);
        Policy policy = draft.spec.policy();
        draft.watch(StartPolicy.conditions(before.policy()), StartPolicy.conditions(policy));
        if (!before.policy().startInterval().equals(policy.startInterval())) {
            draft.disarm(Timer.Kind.INTERVAL);
        }
        if (!before.policy().exitTimeOut().equals(policy.exitTimeOut())) {
            RunEnding.exitTimeOutChanged(draft);
        }
        if (draft.state == JobState.RUNNING || draft.state == JobState.STOPPING) {
            launched(draft);
        }
        RestartDelay.reset(draft);
        boolean wasDisabled = draft.disabled;
        draft.disabled = draft.memory.enabledOverride().map(enabled -> !enabled).orElse(policy.disabled());
        if (draft.disabled) {
            disable(draft, "disabled by the new definition");
        } else if (!draft.state.live() || wasDisabled) {
            afresh(draft);
        } else if (!workBefore.equals(draft.effective().work())
                && draft.live().stop().isEmpty()) {
            draft.pending = Optional.of(StartPolicy.speculative("new definition"));
            RunEnding.stop(draft, "new definition");
        }
    }

    private static void enabledSet(Draft draft, Event.EnabledSet event) {
        draft.memory = draft.memory.withOverride(event.enabled());
        if (event.enabled()) {
            boolean back = draft.disabled || draft.memory.gaveUp().isPresent();
            draft.disabled = false;
            RestartDelay.reset(draft);
            if (back) {
                afresh(draft);
            }
        } else {
            draft.disabled = true;
            disable(draft, "disable by " + event.caller());
        }
        draft.done(event.request(), Optional.empty());
    }

    /** The policy counts as at load. */
    private static void afresh(Draft draft) {
        draft.lastEnd = Optional.empty();
        draft.pending = StartPolicy.atLoad(draft.spec.policy());
    }

    private static void disable(Draft draft, String why) {
        draft.pending = Optional.empty();
        draft.refuseKickstarts("it was disabled", "enable it first");
        if (draft.state.live()) {
            RunEnding.stop(draft, why);
        }
    }

    private static void kickstart(Draft draft, Event.Kickstart event) {
        Optional<String[]> refusal = kickstartRefusal(draft, event.kill());
        if (refusal.isPresent()) {
            draft.refuse(event.request(), "kickstart", refusal.get()[0], refusal.get()[1]);
            return;
        }
        draft.demanded = true;
        RestartDelay.reset(draft);
        if (draft.state == JobState.RUNNING && !event.kill()) {
            draft.done(event.request(), Optional.of(draft.liveRun()));
            return;
        }
        draft.kickstarts.add(event.request());
        boolean comes = draft.state == JobState.STARTING
                && !event.kill()
                && draft.live().stop().isEmpty();
        if (comes) {
            return;
        }
        draft.kick = Optional.of(new StartReason(StartReason.Kind.DEMAND, "kickstart by " + event.caller()));
        if (draft.state.live()) {
            RunEnding.stop(draft, "kickstart -k by " + event.caller());
        }
    }

    /** Reason and remedy. */
    private static Optional<String[]> kickstartRefusal(Draft draft, boolean kill) {
        if (draft.end.isPresent()) {
            return Optional.of(
                    draft.end.get() == Job.End.BOOTOUT
                            ? new String[] {"it is being booted out", "bootstrap it afterwards"}
                            : new String[] {"the domain shuts down", ""});
        }
        if (draft.disabled) {
            return Optional.of(new String[] {"it is disabled", "enable it first"});
        }
        if (draft.memory.hung() && !draft.state.live()) {
            return Optional.of(new String[] {draft.memory.gaveUp().orElse(""), "see to that first"});
        }
        boolean starts = kill || !draft.state.live() || draft.live().stop().isPresent();
        return draft.obstacle.filter(o -> starts).map(o -> new String[] {o, "see: explain " + draft.spec.label()});
    }

    private static void releaseAsked(Draft draft, Event.ReleaseAsked event) {
        if (draft.memory.harm().equals(Memory.Harm.NONE)) {
            draft.refuse(event.request(), "release", "it is not in quarantine", "see: print " + draft.spec.label());
        } else {
            draft.memory = draft.memory.withHarm(Memory.Harm.NONE);
            draft.done(event.request(), Optional.empty());
        }
    }

    private static void signalAsked(Draft draft, Event.SignalAsked event) {
        if (event.signal() < 1 || event.signal() > MAX_SIGNAL) {
            draft.refuse(event.request(), "kill", event.signal() + " is no signal", "use 1 to " + MAX_SIGNAL);
        } else if (!draft.state.live()) {
            draft.refuse(event.request(), "kill", "it has no live run", "see: print " + draft.spec.label());
        } else {
            draft.signalled =
                    Optional.of(new Job.Signalling(event.signal(), "kill " + event.signal() + " by " + event.caller()));
            draft.signal(event.signal(), Optional.of(event.request()));
        }
    }

    private static void signalled(Draft draft, Event.Signalled event) {
        if (event.request().isEmpty()) {
            return;
        }
        if (event.error().isPresent()) {
            draft.refuse(event.request().get(), "kill", event.error().get(), "");
        } else {
            draft.done(event.request().get(), Optional.empty());
        }
    }

    private static void bootout(Draft draft, Event.Bootout event) {
        event.request().ifPresent(draft.bootouts::add);
        draft.pending = Optional.empty();
        draft.refuseKickstarts("it is being booted out", "bootstrap it afterwards");
        draft.end = Optional.of(Job.End.BOOTOUT);
        if (draft.state.live()) {
            RunEnding.stop(draft, event.cause());
        } else {
            RunEnding.leave(draft);
        }
    }

    private static void shutdown(Draft draft, boolean handover) {
        draft.pending = Optional.empty();
        draft.refuseKickstarts("the domain shuts down", "");
        if (!draft.end.equals(Optional.of(Job.End.BOOTOUT))) {
            draft.end = Optional.of(handover ? Job.End.HANDOVER : Job.End.SHUTDOWN);
        }
        if (draft.state.live() && !(handover && draft.live().place() != Place.CONTAINER)) {
            RunEnding.stop(draft, "shutdown");
        }
    }

    private static void started(Draft draft, Event.Started event) {
        event.process()
                .ifPresent(process -> draft.memory =
                        draft.memory.withLive(Optional.of(draft.live().withProcess(process))));
        launched(draft);
        if (draft.state == JobState.KILLING || draft.memory.hung()) {
            RunEnding.force(draft);
        } else if (draft.adopted && event.process().isEmpty()) {
            // Ordered by a former life of the supervisor, and perhaps never begun. Its end follows; what it was started
            // for
            // is still owed.
            draft.state = JobState.RUNNING;
            draft.disarm(Timer.Kind.EXIT);
            if (draft.live().stop().isEmpty()) {
                draft.pending = draft.pending.or(() -> Optional.of(draft.live().reason()));
            }
            if (!draft.kickstarts.isEmpty()) {
                draft.kick = draft.kick.or(() -> Optional.of(new StartReason(StartReason.Kind.DEMAND, "kickstart")));
            }
        } else if (draft.live().stop().isPresent()) {
            RunEnding.end(draft);
        } else {
            draft.state = JobState.RUNNING;
            draft.pending = Optional.empty();
            draft.kick = Optional.empty();
            for (RequestId request : draft.kickstarts) {
                draft.done(request, Optional.of(draft.liveRun()));
            }
            draft.kickstarts.clear();
        }
    }

    /** Also for a run that was started before the definition had the key. */
    private static void launched(Draft draft) {
        if (draft.spec.policy().launchOnlyOnce()) {
            draft.memory = draft.memory.withOnceBootId(draft.now.bootId());
        }
    }

    private static void startFailed(Draft draft, Event.StartFailed event) {
        if (draft.memory.hung()) {
            RunEnding.hungIsGone(draft);
            return;
        }
        RunEnd end = RunEnd.of(RunEnd.Cause.SPAWN_FAILED, event.reason());
        boolean asked = draft.live().stop().isPresent();
        RunEnding.over(draft, end, Optional.empty());
        if (!asked) {
            draft.refuseKickstarts(event.reason(), "");
        }
    }

    private static void ended(Draft draft, Event.Ended event) {
        if (draft.memory.hung()) {
            RunEnding.hungIsGone(draft);
            return;
        }
        Place place = draft.live().place();
        StartReason reason = draft.live().reason();
        boolean asked = draft.live().stop().isPresent();
        draft.lastEnd = Optional.of(event.end());
        RunEnding.over(draft, event.end(), event.usage());
        if (event.end().cause() == RunEnd.Cause.BUNDLE_STOPPED && !asked && draft.end.isEmpty()) {
            // Taken away from under the job, not ended by it: owed again when the bundle is back.
            draft.pending = draft.pending.or(() -> Optional.of(reason));
        }
        boolean inTheWay = place != Place.CONTAINER || draft.place() == Place.CONTAINER;
        if (event.end().cause() == RunEnd.Cause.HUNG && inTheWay && !draft.forgotten()) {
            draft.memory = draft.memory.withGaveUp(Optional.of("its last run could not be ended: "
                    + event.end().detail().lines().findFirst().orElse("no detail")));
        }
    }

    private static void timerFired(Draft draft, Timer.Kind kind) {
        Duration deadline = draft.timers.get(kind);
        draft.fired(kind);
        switch (kind) {
            case START -> {
                // settle() looks whether the start is due.
            }
            case EXIT -> RunEnding.force(draft);
            case KILL -> RunEnding.hung(draft);
            case INTERVAL -> {
                StartReason reason = new StartReason(StartReason.Kind.INTERVAL, "StartInterval");
                draft.pending = draft.pending.or(() -> Optional.of(reason));
                draft.spec.policy().startInterval().ifPresent(period -> {
                    long missed = draft.now.monotonic().minus(deadline).dividedBy(period);
                    draft.timers.put(Timer.Kind.INTERVAL, deadline.plus(period.multipliedBy(Math.max(0, missed) + 1)));
                });
            }
        }
    }
}
