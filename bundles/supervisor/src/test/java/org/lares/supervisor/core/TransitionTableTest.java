package org.lares.supervisor.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lares.job.Caller;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Wanted;
import org.lares.supervisor.runner.ProcessIdentity;

/**
 * Every event in every state. Makes docs/transitions.md and fails if that file is stale; {@code -Drewrite} writes it anew.
 */
class TransitionTableTest {
    private static final Path TABLE = Path.of("../../docs/transitions.md");
    private static final Label LABEL = Label.of("a");
    private static final Caller ROOT = new Caller(0, 0, OptionalLong.empty());
    private static final RequestId REQUEST = new RequestId(1);
    private static final JobSpec SPEC = Definitions.parse(LABEL, List.of("keepalive", "interval=1h", "path:/x=true"));
    private static final JobSpec OTHER =
            Definitions.parse(LABEL, List.of("keepalive", "interval=1h", "path:/x=true", "program=/bin/b"));
    private static final List<List<String>> POLICIES = List.of(
            List.of(),
            List.of("keepalive", "interval=1h", "path:/x=true"),
            List.of("exit=true", "afterdemand", "once"),
            List.of("crash=false", "bundle", "throttle=0s", "exittimeout=0s", "quarantine=1"),
            List.of("runatload", "disabled", "backoff=1s,2,60s,0.1,600s", "giveup=1,60s"));

    @Test
    void shouldHaveTheTableOfTransitionsInTheDocuments() throws IOException {
        String table = table();
        if (System.getProperty("rewrite") != null) {
            Files.writeString(TABLE, table);
        }
        assertEquals(Files.readString(TABLE), table, "run with -Drewrite if this is as it should be");
    }

    @Test
    void shouldAnswerEveryEventInEveryStateOfEveryPolicy() {
        Set<JobState> reached = new HashSet<>();
        for (List<String> words : POLICIES) {
            JobSpec spec = Definitions.parse(LABEL, words);
            explore(spec, Job.of(Memory.NONE, spec, Optional.empty()), 4, reached);
        }
        assertEquals(Set.of(JobState.values()), reached);
    }

    @Test
    void shouldKnowEveryKindOfEvent() {
        Set<Class<?>> used = events(job(JobState.RUNNING)).values().stream()
                .map(Event::getClass)
                .collect(Collectors.toSet());
        assertEquals(Set.copyOf(Arrays.asList(Event.class.getPermittedSubclasses())), used);
    }

    @Test
    void shouldAnswerEveryEventOfADomain() {
        List<DomainEvent> events = List.of(
                new DomainEvent.Restored(Map.of(LABEL, Memory.NONE), 3),
                new DomainEvent.Bootstrap(List.of(SPEC), Map.of(), Optional.of(REQUEST)),
                new DomainEvent.Redefine(OTHER),
                new DomainEvent.SetEnabled(LABEL, false, REQUEST, ROOT),
                new DomainEvent.ForJob(LABEL, new Event.Kickstart(false, REQUEST, ROOT)),
                new DomainEvent.ShutdownAll(REQUEST, false));
        Set<Class<?>> used = events.stream().map(DomainEvent::getClass).collect(Collectors.toSet());
        assertEquals(Set.copyOf(Arrays.asList(DomainEvent.class.getPermittedSubclasses())), used);
        DomainState loaded = DomainMachine.step(DomainState.EMPTY, events.get(1), now(JobState.IDLE))
                .next();
        for (DomainEvent event : events) {
            DomainMachine.step(DomainState.EMPTY, event, now(JobState.IDLE));
            DomainMachine.step(loaded, event, now(JobState.RUNNING));
        }
    }

    private static void explore(JobSpec spec, Job job, int depth, Set<JobState> reached) {
        reached.add(job.state());
        if (depth == 0) {
            return;
        }
        RunId next =
                RunId.of(job.memory().live().map(live -> live.run().value()).orElse(7L) + 1);
        Stream<Event> events = depth > 2
                ? events(job).values().stream()
                : events(job).values().stream().filter(e -> !(e instanceof Event.Signalled));
        events.forEach(event -> {
            Decision decision = JobMachine.step(spec, job, event, now(job.state()), next);
            assertTrue(
                    decision.effects().stream()
                                    .filter(Effect.Spawn.class::isInstance)
                                    .count()
                            <= 1,
                    "at most one start in a step");
            explore(spec, decision.next(), depth - 1, reached);
        });
    }

    /** Time goes on from state to state, so that a start that was due is due. */
    private static Time now(JobState state) {
        Duration monotonic = Duration.ofSeconds(100 + state.ordinal());
        return new Time(Instant.EPOCH.plus(monotonic), monotonic, "boot");
    }

    private static Job job(JobState state) {
        if (state == JobState.IDLE) {
            return step(
                    Job.of(Memory.NONE, SPEC, Optional.of("the bundle is not resolved")), new Event.Loaded(), state);
        }
        Job job = step(Job.of(Memory.NONE, SPEC, Optional.empty()), new Event.Loaded(), state);
        if (state == JobState.STARTING) {
            return job;
        }
        job = step(job, started(job), state);
        return switch (state) {
            case RUNNING -> job;
            case SCHEDULED -> step(job, ended(job), state);
            case STOPPING -> step(job, kickstart(true), state);
            case KILLING -> step(step(job, kickstart(true), state), fired(Timer.Kind.EXIT), state);
            case FAILED ->
                step(
                        step(step(job, kickstart(true), state), fired(Timer.Kind.EXIT), state),
                        fired(Timer.Kind.KILL),
                        state);
            default -> throw new IllegalArgumentException(state.name());
        };
    }

    private static Job step(Job job, Event event, JobState state) {
        Event actual = event instanceof Event.TimerFired fired
                ? new Event.TimerFired(new Timer(
                        fired.timer().kind(), job.timers().get(fired.timer().kind())))
                : event;
        return JobMachine.step(SPEC, job, actual, now(state), RunId.of(8)).next();
    }

    private static Event kickstart(boolean kill) {
        return new Event.Kickstart(kill, REQUEST, ROOT);
    }

    private static Event fired(Timer.Kind kind) {
        return new Event.TimerFired(new Timer(kind, Duration.ZERO));
    }

    private static Event started(Job job) {
        return new Event.Started(run(job), Optional.of(new ProcessIdentity(1, 1, "boot")));
    }

    private static Event ended(Job job) {
        return new Event.Ended(run(job), RunEnd.exited(1), Optional.empty());
    }

    private static RunId run(Job job) {
        return job.memory().live().map(Memory.Live::run).orElse(RunId.of(7));
    }

    private static Map<String, Event> events(Job job) {
        Map<String, Event> events = new LinkedHashMap<>();
        events.put("Loaded", new Event.Loaded());
        events.put("Redefined, same work", new Event.Redefined(SPEC));
        events.put("Redefined, other work", new Event.Redefined(OTHER));
        events.put("EnabledSet true", new Event.EnabledSet(true, REQUEST, ROOT));
        events.put("EnabledSet false", new Event.EnabledSet(false, REQUEST, ROOT));
        events.put("Kickstart", kickstart(false));
        events.put("Kickstart, kill", kickstart(true));
        events.put("ReleaseAsked", new Event.ReleaseAsked(REQUEST, ROOT));
        events.put("SignalAsked", new Event.SignalAsked(15, REQUEST, ROOT));
        events.put("Bootout", new Event.Bootout(Optional.of(REQUEST), "bootout"));
        events.put("Shutdown", new Event.Shutdown(false));
        events.put("Shutdown (handover)", new Event.Shutdown(true));
        events.put("Started", started(job));
        events.put("StartFailed", new Event.StartFailed(run(job), "no such file"));
        events.put("Ended", ended(job));
        events.put("Ended, of an old run", new Event.Ended(RunId.of(1), RunEnd.exited(1), Optional.empty()));
        events.put("Signalled", new Event.Signalled(run(job), 15, Optional.of(REQUEST), Optional.empty()));
        for (Timer.Kind kind : Timer.Kind.values()) {
            events.put(
                    "TimerFired " + kind,
                    new Event.TimerFired(new Timer(kind, job.timers().getOrDefault(kind, Duration.ofSeconds(1)))));
        }
        events.put("ConditionChanged", new Event.ConditionChanged(new Condition.PathExists("/x"), true));
        events.put("ObstacleChanged, one", new Event.ObstacleChanged(Optional.of("the bundle is not resolved")));
        events.put("ObstacleChanged, none", new Event.ObstacleChanged(Optional.empty()));
        return events;
    }

    private static String table() {
        StringBuilder text = new StringBuilder(
                """
                # Transitions

                Generated by `TransitionTableTest` (`-Drewrite` writes it anew); do not edit.

                One job in each of its states, and what each event makes of it: the state after it, and the effects in their
                order. The job: `KeepAlive` = true, `StartInterval` 3600, default throttle and exit timeout. IDLE: it waits
                for a bundle. SCHEDULED: it waits for the throttle, all of which is still to come. STOPPING and KILLING: of
                a `kickstart -k`. FAILED: force had no effect on its run, which may still be there. A dash: nothing changes,
                nothing is done.

                """);
        for (JobState state : JobState.values()) {
            text.append("## ").append(state).append("\n\n| Event | becomes | wanted | effects |\n|---|---|---|---|\n");
            Job job = job(state);
            events(job).forEach((name, event) -> text.append(row(state, job, name, event)));
            text.append('\n');
        }
        return text.toString().stripTrailing() + "\n";
    }

    private static String row(JobState state, Job job, String name, Event event) {
        JobSpec spec = name.equals("Redefined, other work") ? OTHER : SPEC;
        Event actual = event instanceof Event.Redefined ? new Event.Redefined(SPEC) : event;
        Decision decision = JobMachine.step(spec, job, actual, now(state), RunId.of(9));
        if (decision.next().equals(job) && decision.effects().isEmpty()) {
            return "| " + name + " | - | - | - |\n";
        }
        String effects =
                decision.effects().stream().map(TransitionTableTest::text).collect(Collectors.joining(", "));
        boolean gone = decision.effects().stream().anyMatch(Effect.Forget.class::isInstance);
        Wanted wanted = decision.next().wanted();
        return "| " + name + " | " + (gone ? "(gone)" : decision.next().state()) + " | " + wanted + " | " + effects
                + " |\n";
    }

    private static String text(Effect effect) {
        if (effect instanceof Effect.SetTimer set) {
            return "SetTimer " + set.timer().kind();
        } else if (effect instanceof Effect.CancelTimer cancel) {
            return "CancelTimer " + cancel.kind();
        } else if (effect instanceof Effect.Signal signal) {
            return "Signal " + (signal.signal() == 0 ? "END" : "" + signal.signal());
        } else if (effect instanceof Effect.Answer answer) {
            return answer.outcome() instanceof Effect.Outcome.Done ? "Answer: done" : "Answer: refused";
        }
        return effect.getClass().getSimpleName();
    }
}
