package org.lares.supervisor.core;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.RunRecord;

/** Effects and states in the words of the golden scenarios. */
final class Traces {
    private Traces() {}

    static String text(DomainEffect effect, Time now) {
        if (effect instanceof DomainEffect.ForJob forJob) {
            return forJob.label() + " " + text(forJob.effect(), now);
        }
        DomainEffect.Answer answer = (DomainEffect.Answer) effect;
        return "answer " + answer.request().value() + ": " + text(answer.outcome());
    }

    private static String text(Effect effect, Time now) {
        if (effect instanceof Effect.Save save) {
            return "save: " + text(save.memory());
        } else if (effect instanceof Effect.Record record) {
            RunRecord r = record.record();
            return "record: run " + r.run() + " " + r.end().text()
                    + r.stop().map(stop -> ", asked: " + stop).orElse("");
        } else if (effect instanceof Effect.Prepare prepare) {
            return "prepare: " + place(prepare.spec());
        } else if (effect instanceof Effect.LetGo) {
            return "let go";
        } else if (effect instanceof Effect.Spawn spawn) {
            return "spawn: run " + spawn.run() + ", " + spawn.reason() + place(", in a ", spawn.spec());
        } else if (effect instanceof Effect.Adopt adopt) {
            return "adopt: run " + adopt.run()
                    + adopt.process().map(p -> ", pid " + p.pid()).orElse(", process unknown")
                    + place(", in a ", adopt.spec());
        } else if (effect instanceof Effect.Signal signal) {
            return "signal: run " + signal.run() + " " + (signal.signal() == 0 ? "END" : "" + signal.signal())
                    + signal.request().map(r -> " for request " + r.value()).orElse("");
        } else if (effect instanceof Effect.SetTimer set) {
            return "set timer: " + set.timer().kind() + " in "
                    + World.text(set.timer().deadline().minus(now.monotonic()));
        } else if (effect instanceof Effect.CancelTimer cancel) {
            return "cancel timer: " + cancel.kind();
        } else if (effect instanceof Effect.Watch watch) {
            return "watch: " + watch.condition();
        } else if (effect instanceof Effect.Unwatch unwatch) {
            return "unwatch: " + unwatch.condition();
        } else if (effect instanceof Effect.Answer answer) {
            return "answer " + answer.request().value() + ": " + text(answer.outcome());
        }
        return "forget";
    }

    private static String place(JobSpec spec) {
        return switch (Place.of(spec.work())) {
            case CONTAINER -> "in the container";
            case HOST -> "in a process of its own";
            case PROGRAM -> "a program";
        };
    }

    /** Only where it is not what one expects. */
    private static String place(String before, JobSpec spec) {
        return Place.of(spec.work()) == Place.HOST ? before + "process of its own" : "";
    }

    private static String text(Effect.Outcome outcome) {
        if (outcome instanceof Effect.Outcome.Refused refused) {
            return refused.code() + " " + refused.message();
        }
        Effect.Outcome.Done done = (Effect.Outcome.Done) outcome;
        return "done" + done.run().map(run -> ", run " + run.id()).orElse("");
    }

    private static String text(Memory memory) {
        return "runs " + memory.runs()
                + memory.live()
                        .map(live -> ", live " + live.run()
                                + live.process().map(p -> " pid " + p.pid()).orElse("")
                                + live.stop().map(stop -> " stopped by " + stop).orElse(""))
                        .orElse(", none live")
                + (memory.successiveCrashes() > 0 ? ", failures " + memory.successiveCrashes() : "")
                + memory.enabledOverride()
                        .map(enabled -> enabled ? ", enabled" : ", disabled")
                        .orElse("")
                + memory.onceBootId().map(id -> ", once in " + id).orElse("")
                + memory.gaveUp().map(reason -> ", gave up").orElse("")
                + (memory.harm().runs() > 0 ? ", harm " + memory.harm().runs() : "")
                + memory.harm().quarantine().map(reason -> ", quarantine").orElse("")
                + memory.settledBootId().map(id -> ", settled in " + id).orElse("");
    }

    /** One line for each job of which anything but its memory changed. */
    static void changes(StringBuilder text, DomainState before, DomainState after, Time now) {
        for (Map.Entry<Label, DomainState.Entry> entry : after.jobs().entrySet()) {
            String was = Optional.ofNullable(before.jobs().get(entry.getKey()))
                    .map(e -> line(e.job(), now))
                    .orElse("");
            String is = line(entry.getValue().job(), now);
            if (!is.equals(was)) {
                text.append(entry.getKey()).append(" is ").append(is).append('\n');
            }
        }
        for (Label label : before.jobs().keySet()) {
            if (!after.jobs().containsKey(label)) {
                text.append(label).append(" is gone\n");
            }
        }
    }

    private static String line(Job job, Time now) {
        Duration start = job.timers().get(Timer.Kind.START);
        return job.state() + ", wanted " + job.wanted()
                + job.memory().live().map(live -> ", run " + live.run()).orElse("")
                + (start == null ? "" : ", start in " + World.text(start.minus(now.monotonic())))
                + job.pending().map(p -> ", pending " + p).orElse("")
                + job.kick().map(k -> ", then " + k).orElse("")
                + (job.disabled() ? ", disabled" : "")
                + job.obstacle().map(o -> ", obstacle: " + o).orElse("")
                + job.memory()
                        .harm()
                        .quarantine()
                        .map(q -> ", quarantine: " + q)
                        .orElse("")
                + job.memory().gaveUp().map(g -> ": " + g).orElse("");
    }
}
