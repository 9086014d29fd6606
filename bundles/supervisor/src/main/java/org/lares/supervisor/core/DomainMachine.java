package org.lares.supervisor.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.lares.job.JobException;
import org.lares.job.JobSpec;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunId;

/**
 * Folds the jobs of a domain: gives out run ids, loads and forgets jobs, tells jobs about each other (conditions on other
 * jobs), ends all of them at shutdown. Pure and total, as {@link JobMachine} is.
 */
public final class DomainMachine {

    /**
     * @param effects in the order in which they are to be carried out
     * @param journal what changed, with its cause, in the order in which it did
     */
    public record Step(DomainState next, List<DomainEffect> effects, List<JournalEntry> journal) {
        public Step {
            effects = List.copyOf(effects);
            journal = List.copyOf(journal);
        }
    }

    private final Time now;
    private final TreeMap<Label, DomainState.Entry> jobs;
    private final Map<Label, Memory> memories;
    private final Set<Label> leftBehind;
    private final Map<Label, DomainState.Successor> successors;
    private long lastRun;
    private Optional<DomainState.Shutdown> shutdown;
    private final List<DomainEffect> effects = new ArrayList<>();
    private final List<JournalEntry> journal = new ArrayList<>();

    private DomainMachine(DomainState state, Time now) {
        this.now = now;
        jobs = new TreeMap<>(state.jobs());
        memories = new HashMap<>(state.memories());
        leftBehind = new HashSet<>(state.leftBehind());
        successors = new HashMap<>(state.successors());
        lastRun = state.lastRun();
        shutdown = state.shutdown();
    }

    public static Step step(DomainState state, DomainEvent event, Time now) {
        DomainMachine machine = new DomainMachine(state, now);
        machine.handle(event);
        machine.tellAboutOthers();
        machine.completeShutdown();
        return new Step(
                new DomainState(
                        machine.jobs,
                        machine.memories,
                        machine.leftBehind,
                        machine.successors,
                        machine.lastRun,
                        machine.shutdown),
                machine.effects,
                machine.journal);
    }

    private void handle(DomainEvent event) {
        if (event instanceof DomainEvent.Restored restored) {
            restored(restored);
        } else if (event instanceof DomainEvent.Bootstrap bootstrap) {
            bootstrap(bootstrap);
        } else if (event instanceof DomainEvent.Redefine redefine) {
            redefine(redefine.spec());
        } else if (event instanceof DomainEvent.SetEnabled set) {
            forJob(set.label(), new Event.EnabledSet(set.enabled(), set.request(), set.caller()));
        } else if (event instanceof DomainEvent.ForJob forJob) {
            forJob(forJob.label(), forJob.event());
        } else if (event instanceof DomainEvent.ShutdownAll all) {
            shutdownAll(all);
        } else {
            throw new IllegalArgumentException("no handler for " + event.getClass());
        }
    }

    private void restored(DomainEvent.Restored restored) {
        lastRun = Math.max(lastRun, restored.lastRun());
        restored.memories().forEach((label, memory) -> {
            if (!jobs.containsKey(label)) {
                memories.put(label, memory);
            }
            long live = memory.live().map(l -> l.run().value()).orElse(0L);
            lastRun = Math.max(lastRun, live);
        });
    }

    private void bootstrap(DomainEvent.Bootstrap bootstrap) {
        Optional<Effect.Outcome> refusal =
                bootstrapRefusal(bootstrap.specs(), bootstrap.request().isPresent());
        if (refusal.isPresent()) {
            bootstrap.request().ifPresent(request -> effects.add(new DomainEffect.Answer(request, refusal.get())));
            return;
        }
        List<Label> loaded = new ArrayList<>();
        for (JobSpec spec : bootstrap.specs()) {
            Label label = spec.label();
            Optional<String> obstacle =
                    Optional.ofNullable(bootstrap.obstacles().get(label));
            if (jobs.containsKey(label) || leftBehind.contains(label)) {
                successors.put(label, new DomainState.Successor(spec, obstacle));
            } else {
                if (bootstrap.byPerson()) {
                    Memory memory = memories.getOrDefault(label, Memory.NONE);
                    remember(label, memory.withSettledBootId(Optional.empty()));
                }
                add(spec, obstacle);
                loaded.add(label);
            }
        }
        for (Label label : loaded) {
            stepJob(label, new Event.Loaded());
        }
        bootstrap.request().ifPresent(this::done);
    }

    private void add(JobSpec spec, Optional<String> obstacle) {
        Memory memory = Optional.ofNullable(memories.remove(spec.label())).orElse(Memory.NONE);
        jobs.put(spec.label(), new DomainState.Entry(spec, Job.of(memory, spec, obstacle)));
    }

    private Optional<Effect.Outcome> bootstrapRefusal(List<JobSpec> specs, boolean asked) {
        Set<Label> seen = new HashSet<>();
        for (JobSpec spec : specs) {
            Label label = spec.label();
            if (shutdown.isPresent()) {
                return refused(label, "the domain shuts down", "");
            }
            if (!seen.add(label)) {
                return refused(label, "it is defined twice", "keep one of the definitions");
            }
            if (jobs.containsKey(label) && !isLeaving(label)) {
                return refused(label, "it is already bootstrapped", "bootout it first");
            }
            if (asked && jobs.containsKey(label)) {
                return refused(label, "it is still being booted out", "try again when that is over");
            }
            if (asked && leftBehind.contains(label)) {
                RunId run = memories.get(label).live().orElseThrow().run();
                return refused(label, "its former run " + run + " has not ended", "see to that first");
            }
        }
        return Optional.empty();
    }

    private boolean isLeaving(Label label) {
        return jobs.containsKey(label) && jobs.get(label).job().end().equals(Optional.of(Job.End.BOOTOUT));
    }

    private static Optional<Effect.Outcome> refused(Label label, String reason, String remedy) {
        return Optional.of(Draft.refused(JobException.Code.FAILED, "bootstrap", label, reason, remedy));
    }

    private void redefine(JobSpec spec) {
        DomainState.Entry entry = jobs.get(spec.label());
        if (entry != null) {
            jobs.put(spec.label(), new DomainState.Entry(spec, entry.job()));
            stepJob(spec.label(), new Event.Redefined(entry.spec()));
        }
    }

    private void forJob(Label label, Event event) {
        if (event instanceof Event.Bootout) {
            successors.remove(label);
        } else if (event instanceof Event.ObstacleChanged changed) {
            successors.computeIfPresent(label, (l, next) -> new DomainState.Successor(next.spec(), changed.obstacle()));
        }
        if (jobs.containsKey(label)) {
            stepJob(label, event);
        } else {
            notLoaded(label, event);
        }
    }

    private void notLoaded(Label label, Event event) {
        if (event instanceof Event.EnabledSet set) {
            remember(label, memories.getOrDefault(label, Memory.NONE).withOverride(set.enabled()));
            done(set.request());
        } else if (event instanceof Event.Kickstart kickstart) {
            noSuchJob(kickstart.request(), "kickstart", label, "bootstrap it first");
        } else if (event instanceof Event.ReleaseAsked release) {
            releaseNotLoaded(label, release.request());
        } else if (event instanceof Event.SignalAsked asked) {
            noSuchJob(asked.request(), "kill", label, "bootstrap it first");
        } else if (event instanceof Event.Bootout bootout) {
            bootout.request().ifPresent(request -> noSuchJob(request, "bootout", label, "see: list"));
        } else if (event instanceof Event.Signalled signalled) {
            signalled
                    .request()
                    .ifPresent(request -> effects.add(new DomainEffect.Answer(
                            request,
                            signalled
                                    .error()
                                    .map(error -> Draft.refused(JobException.Code.FAILED, "kill", label, error, ""))
                                    .orElseGet(() -> new Effect.Outcome.Done(Optional.empty())))));
        } else if (event instanceof Event.Ended ended) {
            Optional<Memory> left = Optional.ofNullable(memories.get(label))
                    .filter(memory -> memory.live().map(Memory.Live::run).equals(Optional.of(ended.run())));
            if (left.isPresent() && leftBehind.remove(label)) {
                remember(label, left.get().withLive(Optional.empty()).withGaveUp(Optional.empty()));
                succeed(label);
            }
        }
    }

    private void releaseNotLoaded(Label label, RequestId request) {
        Memory memory = memories.getOrDefault(label, Memory.NONE);
        if (memory.harm().equals(Memory.Harm.NONE)) {
            noSuchJob(request, "release", label, "see: list");
        } else {
            remember(label, memory.withHarm(Memory.Harm.NONE));
            done(request);
        }
    }

    private void remember(Label label, Memory memory) {
        if (!memory.equals(memories.getOrDefault(label, Memory.NONE))) {
            memories.put(label, memory);
            effects.add(new DomainEffect.ForJob(label, new Effect.Save(memory)));
        }
    }

    private void shutdownAll(DomainEvent.ShutdownAll event) {
        List<RequestId> waiting = new ArrayList<>();
        shutdown.ifPresent(s -> waiting.addAll(s.waiting()));
        waiting.add(event.request());
        boolean further = shutdown.isEmpty() || (shutdown.get().handover() && !event.handover());
        successors.clear();
        if (further) {
            shutdown = Optional.of(new DomainState.Shutdown(waiting, event.handover()));
            for (Label label : List.copyOf(jobs.keySet())) {
                stepJob(label, new Event.Shutdown(event.handover()));
            }
        } else {
            shutdown =
                    Optional.of(new DomainState.Shutdown(waiting, shutdown.get().handover()));
        }
    }

    private void completeShutdown() {
        if (shutdown.isPresent() && jobs.values().stream().noneMatch(this::isToEnd)) {
            shutdown.get().waiting().forEach(this::done);
            shutdown = Optional.of(
                    new DomainState.Shutdown(List.of(), shutdown.get().handover()));
        }
    }

    private boolean isToEnd(DomainState.Entry entry) {
        boolean stays = shutdown.get().handover()
                && entry.job()
                        .memory()
                        .live()
                        .filter(live -> live.place() != Place.CONTAINER)
                        .isPresent();
        return entry.job().state().live() && !stays;
    }

    private void stepJob(Label label, Event event) {
        DomainState.Entry entry = jobs.get(label);
        Decision decision = JobMachine.step(entry.spec(), entry.job(), event, now, RunId.of(lastRun + 1));
        Optional<Job> next = Optional.of(decision.next());
        jobs.put(label, new DomainState.Entry(entry.spec(), decision.next()));
        for (Effect effect : decision.effects()) {
            effects.add(new DomainEffect.ForJob(label, effect));
            if (effect instanceof Effect.Spawn) {
                lastRun++;
            } else if (effect instanceof Effect.Forget) {
                Memory memory = decision.next().memory();
                jobs.remove(label);
                memories.put(label, memory);
                if (memory.live().isPresent()) {
                    leftBehind.add(label);
                }
                next = Optional.empty();
            }
        }
        Optional<Job> before = event instanceof Event.Loaded ? Optional.empty() : Optional.of(entry.job());
        Transitions.between(label, before, next, event, now).ifPresent(journal::add);
        if (next.isEmpty()) {
            succeed(label);
        } else if (shutdown.isPresent() && decision.next().end().isEmpty()) {
            // A bootout that failed during the shutdown: the job is still to end, and not to start.
            stepJob(label, new Event.Shutdown(shutdown.get().handover()));
        }
    }

    private void succeed(Label label) {
        if (!leftBehind.contains(label)) {
            Optional.ofNullable(successors.remove(label)).ifPresent(next -> {
                add(next.spec(), next.obstacle());
                stepJob(label, new Event.Loaded());
            });
        }
    }

    /**
     * Conditions on other jobs, until nothing changes. They only ever start jobs, each at most once within a step, and a
     * job that starts changes one fact about itself; so as many rounds as there are jobs, and one more, are enough.
     */
    private void tellAboutOthers() {
        boolean changed = true;
        for (int round = 0; changed && round <= jobs.size() + 1; round++) {
            changed = false;
            for (Label label : List.copyOf(jobs.keySet())) {
                for (Condition condition :
                        StartPolicy.conditions(jobs.get(label).spec().policy())) {
                    changed |= tell(label, condition);
                }
            }
        }
    }

    private boolean tell(Label label, Condition condition) {
        Optional<Boolean> holds = holds(condition);
        Boolean known = jobs.get(label).job().conditions().get(condition);
        if (holds.isEmpty() || holds.get().equals(known)) {
            return false;
        }
        stepJob(label, new Event.ConditionChanged(condition, holds.get()));
        return true;
    }

    /** Empty for what this domain does not know. */
    private Optional<Boolean> holds(Condition condition) {
        if (condition instanceof Condition.JobEnabled other) {
            DomainState.Entry entry = jobs.get(other.label());
            return Optional.of(entry != null && !entry.job().disabled());
        }
        if (condition instanceof Condition.JobActive other) {
            DomainState.Entry entry = jobs.get(other.label());
            return Optional.of(entry != null && entry.job().state().live());
        }
        return Optional.empty();
    }

    private void done(RequestId request) {
        effects.add(new DomainEffect.Answer(request, new Effect.Outcome.Done(Optional.empty())));
    }

    private void noSuchJob(RequestId request, String verb, Label label, String remedy) {
        effects.add(new DomainEffect.Answer(
                request, Draft.refused(JobException.Code.NO_SUCH_JOB, verb, label, "there is no such job", remedy)));
    }
}
