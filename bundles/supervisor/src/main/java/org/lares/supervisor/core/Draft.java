package org.lares.supervisor.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.lares.job.JobException;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Wanted;

/**
 * A job while it is decided upon; lives within one step and is never seen outside. What follows from a difference to the
 * job before (saving, timers) becomes an effect in {@link #decide}, so that no handler can forget it, and always in the
 * same order: what must last, timers, what acts on the world, watches, answers.
 */
final class Draft {
    final JobSpec spec;
    final Time now;
    final RunId nextRun;

    Wanted wanted;
    JobState state;
    boolean disabled;
    Memory memory;
    Optional<StartReason> pending;
    Optional<StartReason> kick;
    final Map<Timer.Kind, Duration> timers = new EnumMap<>(Timer.Kind.class);
    final Map<Condition, Boolean> conditions;
    boolean demanded;
    boolean adopted;
    Optional<String> obstacle;
    final List<Time> failures;
    Optional<RunRecord> last;
    Optional<RunEnd> lastEnd;
    Optional<Job.Signalling> signalled;
    Optional<Job.End> end;
    final List<RequestId> kickstarts;
    final List<RequestId> bootouts;

    private final Optional<JobSpec> prepared;
    private final Memory saved;
    private final Map<Timer.Kind, Duration> armed = new EnumMap<>(Timer.Kind.class);
    private final List<Effect> records = new ArrayList<>();
    private final List<Effect> actions = new ArrayList<>();
    private final List<Effect> watches = new ArrayList<>();
    private final List<Effect> answers = new ArrayList<>();
    private boolean forgotten;

    Draft(JobSpec spec, Job job, Time now, RunId nextRun) {
        this.spec = spec;
        this.now = now;
        this.nextRun = nextRun;
        wanted = job.wanted();
        state = job.state();
        disabled = job.disabled();
        memory = job.memory();
        pending = job.pending();
        kick = job.kick();
        timers.putAll(job.timers());
        conditions = new HashMap<>(job.conditions());
        demanded = job.demanded();
        adopted = job.adopted();
        obstacle = job.obstacle();
        failures = new ArrayList<>(job.failures());
        last = job.last();
        lastEnd = job.lastEnd();
        signalled = job.signalled();
        end = job.end();
        kickstarts = new ArrayList<>(job.kickstarts());
        bootouts = new ArrayList<>(job.bootouts());
        prepared = job.prepared();
        saved = job.memory();
        armed.putAll(job.timers());
    }

    /** The timer has fired: it is not set any more, and setting it to the same deadline is an effect. */
    void fired(Timer.Kind kind) {
        timers.remove(kind);
        armed.remove(kind);
    }

    void arm(Timer.Kind kind, Duration after) {
        timers.put(kind, now.monotonic().plus(after));
    }

    void disarm(Timer.Kind... kinds) {
        for (Timer.Kind kind : kinds) {
            timers.remove(kind);
        }
    }

    Memory.Live live() {
        return memory.live().orElseThrow(() -> new IllegalStateException(spec.label() + " has no live run"));
    }

    JobStatus.LiveRun liveRun() {
        return DomainView.liveRun(live(), Optional.empty());
    }

    void record(RunRecord record) {
        records.add(new Effect.Record(record));
        last = Optional.of(record);
    }

    /** The definition as it counts for the next run. */
    JobSpec effective() {
        return Quarantine.effective(spec, memory);
    }

    /** Where the next run is. */
    Place place() {
        return Place.of(effective().work());
    }

    void spawn(StartReason reason) {
        memory = memory.started(nextRun, reason, place(), now);
        signalled = Optional.empty();
        adopted = false;
        state = JobState.STARTING;
        actions.add(new Effect.Spawn(nextRun, reason, effective()));
    }

    void adopt() {
        adopted = true;
        state = JobState.STARTING;
        actions.add(
                new Effect.Adopt(live().run(), live().process(), live().place().spec(spec)));
    }

    void signal(int signal, Optional<RequestId> request) {
        actions.add(new Effect.Signal(live().run(), signal, request));
    }

    /** Watches what the new conditions need beyond the old ones, and lets go of the rest. */
    void watch(List<Condition> before, List<Condition> after) {
        for (Condition condition : before) {
            if (!after.contains(condition)) {
                conditions.remove(condition);
                if (condition instanceof Condition.PathExists) {
                    watches.add(new Effect.Unwatch(condition));
                }
            }
        }
        for (Condition condition : after) {
            if (!before.contains(condition) && condition instanceof Condition.PathExists) {
                watches.add(new Effect.Watch(condition));
            }
        }
    }

    void done(RequestId request, Optional<JobStatus.LiveRun> run) {
        answers.add(new Effect.Answer(request, new Effect.Outcome.Done(run)));
    }

    void refuse(RequestId request, String verb, String reason, String remedy) {
        answers.add(new Effect.Answer(request, refused(JobException.Code.FAILED, verb, spec.label(), reason, remedy)));
    }

    static Effect.Outcome refused(JobException.Code code, String verb, Object what, String reason, String remedy) {
        return new Effect.Outcome.Refused(
                code, "cannot " + verb + " " + what + ": " + reason + (remedy.isEmpty() ? "" : "; " + remedy));
    }

    void refuseKickstarts(String reason, String remedy) {
        for (RequestId request : kickstarts) {
            refuse(request, "kickstart", reason, remedy);
        }
        kickstarts.clear();
        kick = Optional.empty();
    }

    /** The job leaves the domain. */
    void forget() {
        forgotten = true;
        state = JobState.IDLE;
        wanted = Wanted.DOWN;
        timers.clear();
        watch(StartPolicy.conditions(spec.policy()), List.of());
    }

    boolean forgotten() {
        return forgotten;
    }

    /** After the death of the container a load is one only for a job that was still to have its start. */
    private void rememberSettled() {
        if (end.equals(Optional.of(Job.End.HANDOVER))) {
            // The next container goes on where this one was.
            return;
        }
        boolean settled = !forgotten
                && spec.policy().startsAtLoad()
                && end.isEmpty()
                && !disabled
                && pending.isEmpty()
                && memory.live().isEmpty()
                && wanted == Wanted.DOWN;
        memory = memory.withSettledBootId(settled ? Optional.of(now.bootId()) : Optional.empty());
    }

    /** What is made ready for the next start, where one may come. */
    private Optional<JobSpec> preparation(List<Effect> effects) {
        boolean mayStart = !forgotten && !disabled && end.isEmpty();
        Optional<JobSpec> preparation = mayStart ? Optional.of(effective()) : Optional.empty();
        if (!preparation.equals(prepared)) {
            effects.add(preparation.isPresent() ? new Effect.Prepare(preparation.get()) : new Effect.LetGo());
        }
        return preparation;
    }

    Decision decide() {
        rememberSettled();
        List<Effect> effects = new ArrayList<>(records);
        if (!memory.equals(saved)) {
            effects.add(new Effect.Save(memory));
        }
        TreeSet<Timer.Kind> kinds = new TreeSet<>(armed.keySet());
        kinds.removeAll(timers.keySet());
        for (Timer.Kind kind : kinds) {
            effects.add(new Effect.CancelTimer(kind));
        }
        for (Map.Entry<Timer.Kind, Duration> timer : timers.entrySet()) {
            if (!timer.getValue().equals(armed.get(timer.getKey()))) {
                effects.add(new Effect.SetTimer(new Timer(timer.getKey(), timer.getValue())));
            }
        }
        Optional<JobSpec> preparation = preparation(effects);
        effects.addAll(actions);
        effects.addAll(watches);
        if (forgotten) {
            effects.add(new Effect.Forget());
        }
        effects.addAll(answers);
        Job next = new Job(
                wanted,
                state,
                disabled,
                memory,
                pending,
                kick,
                timers,
                conditions,
                demanded,
                adopted,
                obstacle,
                failures,
                last,
                lastEnd,
                signalled,
                end,
                kickstarts,
                bootouts,
                preparation);
        return new Decision(next, effects);
    }
}
