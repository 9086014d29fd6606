package org.lares.supervisor.core;

import java.util.Optional;
import org.lares.job.JobState;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunId;
import org.lares.job.Wanted;

/** What a step changed, in words for the journal. Pure. */
public final class Transitions {
    private Transitions() {}

    /**
     * @param before empty if the job was not loaded
     * @param after empty if it is gone
     * @return empty if neither state nor wanted nor the live run nor the quarantine changed
     */
    public static Optional<JournalEntry> between(
            Label label, Optional<Job> before, Optional<Job> after, Event event, Time now) {
        JobState from = before.map(Job::state).orElse(JobState.IDLE);
        JobState to = after.map(Job::state).orElse(JobState.IDLE);
        Wanted wanted = after.map(Job::wanted).orElse(Wanted.DOWN);
        Optional<RunId> was = before.flatMap(Transitions::run);
        Optional<RunId> is = after.flatMap(Transitions::run);
        boolean same = before.isPresent() == after.isPresent()
                && !(event instanceof Event.Loaded)
                && from == to
                && wanted == before.map(Job::wanted).orElse(Wanted.DOWN)
                && was.equals(is)
                && quarantine(before).equals(quarantine(after));
        if (same) {
            return Optional.empty();
        }
        String cause = cause(event);
        if (is.isPresent() && !is.equals(was)) {
            cause += "; run " + is.get() + ": "
                    + after.flatMap(j -> j.memory().live())
                            .map(live -> live.reason().toString())
                            .orElse("");
        } else if (to == JobState.FAILED && from != JobState.FAILED) {
            cause += "; given up: " + after.flatMap(j -> j.memory().gaveUp()).orElse("");
        }
        if (!quarantine(after).equals(quarantine(before))) {
            cause += quarantine(after)
                    .map(reason -> "; from now on in a process of its own: " + reason)
                    .orElse("; no quarantine any more");
        }
        return Optional.of(new JournalEntry(now.wall(), label, from, to, wanted, is.or(() -> was), cause));
    }

    private static Optional<String> quarantine(Optional<Job> job) {
        return job.flatMap(j -> j.memory().harm().quarantine());
    }

    private static Optional<RunId> run(Job job) {
        return job.memory().live().map(Memory.Live::run);
    }

    /** The event as a person would say it. */
    static String cause(Event event) {
        if (event instanceof Event.Loaded) {
            return "bootstrap";
        } else if (event instanceof Event.Redefined) {
            return "new definition";
        } else if (event instanceof Event.EnabledSet set) {
            return (set.enabled() ? "enable by " : "disable by ") + set.caller();
        } else if (event instanceof Event.Kickstart kickstart) {
            return (kickstart.kill() ? "kickstart -k by " : "kickstart by ") + kickstart.caller();
        } else if (event instanceof Event.ReleaseAsked release) {
            return "release by " + release.caller();
        } else if (event instanceof Event.SignalAsked asked) {
            return "kill " + asked.signal() + " by " + asked.caller();
        } else if (event instanceof Event.Bootout bootout) {
            return bootout.cause();
        } else if (event instanceof Event.Shutdown shutdown) {
            return shutdown.handover() ? "handover" : "shutdown";
        } else if (event instanceof Event.Started started) {
            return "run " + started.run() + " started"
                    + started.process().map(p -> " with pid " + p.pid()).orElse("");
        } else if (event instanceof Event.StartFailed failed) {
            return "run " + failed.run() + " could not be started: " + failed.reason();
        } else if (event instanceof Event.Ended ended) {
            return "run " + ended.run() + " " + ended.end().text();
        } else if (event instanceof Event.Signalled signalled) {
            return "signal " + signalled.signal() + " to run " + signalled.run()
                    + signalled.error().map(e -> " failed: " + e).orElse(" sent");
        } else if (event instanceof Event.TimerFired fired) {
            return switch (fired.timer().kind()) {
                case START -> "the start was due";
                case EXIT -> "ExitTimeOut passed";
                case KILL -> "force had no effect";
                case INTERVAL -> "StartInterval";
            };
        } else if (event instanceof Event.ConditionChanged changed) {
            return condition(changed.condition(), changed.holds());
        } else if (event instanceof Event.ObstacleChanged changed) {
            return changed.obstacle().map(o -> "obstacle: " + o).orElse("the obstacle is gone");
        }
        throw new IllegalArgumentException("no words for " + event.getClass());
    }

    private static String condition(Condition condition, boolean holds) {
        if (condition instanceof Condition.PathExists path) {
            return path.path() + (holds ? " exists" : " does not exist");
        } else if (condition instanceof Condition.JobEnabled other) {
            return other.label() + (holds ? " is enabled" : " is not enabled");
        } else if (condition instanceof Condition.JobActive other) {
            return other.label() + (holds ? " runs" : " does not run");
        }
        throw new IllegalArgumentException("no words for " + condition.getClass());
    }
}
