package org.lares.supervisor.core;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.lares.job.Caller;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.supervisor.runner.ProcessIdentity;

/**
 * What surrounds the core, simulated: clocks, timers, processes, the store that survives the supervisor. Carries out the
 * commands of a scenario (docs/core.md), one by one, and checks the {@link Invariants} after every step.
 */
final class World {
    private static final Caller ROOT = new Caller(0, 0, OptionalLong.empty());
    private static final long BLOCK = 8;
    private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    /** A run as it is in the world, whatever the supervisor knows of it. */
    static final class Process {
        final Label label;
        final RunId run;
        final Place place;
        boolean born;
        boolean alive = true;
        boolean heard;
        int signals;
        boolean forced;
        /** Given up by the supervisor, which does not wait for it any more. */
        boolean writtenOff;

        Optional<ProcessIdentity> toldAtAdoption = Optional.empty();

        Process(Label label, RunId run, Place place) {
            this.label = label;
            this.run = run;
            this.place = place;
        }
    }

    /** An answer of the runner that is on its way. */
    record Pending(Label label, Event.Signalled event) {}

    DomainState state = DomainState.EMPTY;
    /** The state before the step of which the effects are carried out. */
    DomainState former = DomainState.EMPTY;

    final Map<Label, Map<Timer.Kind, Duration>> timers = new TreeMap<>();
    final TreeMap<RunId, Process> processes = new TreeMap<>();
    final List<Pending> inbox = new ArrayList<>();
    final Map<RequestId, String> outstanding = new TreeMap<>((a, b) -> Long.compare(a.value(), b.value()));
    final Map<Label, List<String>> definitions = new TreeMap<>();
    final Map<Label, Memory> saved = new HashMap<>();
    final TreeMap<RunId, RunRecord> history = new TreeMap<>();
    /** Labels whose definition came from a bundle; nobody waits for an answer about them. */
    final Set<Label> brought = new HashSet<>();

    /** What runners were told to make ready. */
    final Map<Label, JobSpec> prepared = new TreeMap<>();

    final Set<String> paths = new HashSet<>();
    boolean dead;

    private final Map<Label, Set<Condition>> watches = new HashMap<>();
    private final Map<Label, String> obstacles = new TreeMap<>();
    private final Invariants invariants = new Invariants(this);
    private final Optional<StringBuilder> trace;
    private Instant wall = BEGINNING;
    private Duration monotonic = Duration.ZERO;
    private int boot = 1;
    private long reserved;
    private long requests;
    private int cut = -1;

    /** @param traced whether {@link #trace} is wanted; writing it costs more than all the rest */
    World(boolean traced) {
        trace = traced ? Optional.of(new StringBuilder()) : Optional.empty();
    }

    Time now() {
        return new Time(wall, monotonic, "boot" + boot);
    }

    /** What happened since this was last asked for. */
    String trace() {
        StringBuilder text = trace.orElseThrow();
        String result = text.toString();
        text.setLength(0);
        return result;
    }

    void run(String command) {
        run(Arrays.asList(command.split(" ")));
    }

    /** @throws AssertionError if an invariant is broken */
    void run(List<String> words) {
        String verb = words.get(0);
        List<String> rest = words.subList(1, words.size());
        if (dead && !verb.equals("restart") && !verb.equals("reboot")) {
            throw new IllegalArgumentException("the supervisor is dead; only restart or reboot can follow");
        }
        switch (verb) {
            case "cut" -> {
                cut = Integer.parseInt(rest.get(0));
                run(rest.subList(1, rest.size()));
                cut = -1;
                dead = true;
                say("the supervisor is killed");
            }
            case "define" -> definitions.put(Label.of(rest.get(0)), List.copyOf(rest.subList(1, rest.size())));
            case "bootstrap" -> bootstrap(rest);
            case "load" -> {
                definitions.put(Label.of(rest.get(0)), List.copyOf(rest.subList(1, rest.size())));
                bootstrap(rest.subList(0, 1));
            }
            case "redefine" -> {
                Label label = Label.of(rest.get(0));
                definitions.put(label, List.copyOf(rest.subList(1, rest.size())));
                invariants.redefined(label);
                dispatch(new DomainEvent.Redefine(Definitions.parse(label, definitions.get(label))));
            }
            case "enable", "disable" -> {
                Label label = Label.of(rest.get(0));
                invariants.enabledSet(label);
                dispatch(new DomainEvent.SetEnabled(label, verb.equals("enable"), request(words), ROOT));
            }
            case "kickstart" -> {
                Label label = Label.of(rest.get(rest.size() - 1));
                send(label, new Event.Kickstart(rest.get(0).equals("-k"), request(words), ROOT));
            }
            case "kill" ->
                send(Label.of(rest.get(1)), new Event.SignalAsked(Integer.parseInt(rest.get(0)), request(words), ROOT));
            case "release" -> {
                Label label = Label.of(rest.get(0));
                invariants.releasing(label);
                send(label, new Event.ReleaseAsked(request(words), ROOT));
            }
            case "bootout" -> {
                Label label = Label.of(rest.get(0));
                definitions.remove(label);
                brought.remove(label);
                send(label, new Event.Bootout(Optional.of(request(words)), "bootout by " + ROOT));
            }
            case "uninstall" -> {
                Label label = Label.of(rest.get(0));
                definitions.remove(label);
                brought.remove(label);
                send(label, new Event.Bootout(Optional.empty(), "its bundle was uninstalled"));
            }
            case "install" -> {
                Label label = Label.of(rest.get(0));
                definitions.putIfAbsent(label, List.copyOf(rest.subList(1, rest.size())));
                JobSpec spec = Definitions.parse(label, definitions.get(label));
                brought.add(label);
                dispatch(new DomainEvent.Bootstrap(List.of(spec), obstacles, Optional.empty()));
            }
            case "shutdown" -> dispatch(new DomainEvent.ShutdownAll(request(words), false));
            case "handover" -> dispatch(new DomainEvent.ShutdownAll(request(words), true));
            case "born" -> process(rest).born = true;
            case "started" -> started(process(rest));
            case "failed" -> {
                Process process = process(rest.subList(0, 1));
                processes.remove(process.run);
                send(process.label, new Event.StartFailed(process.run, join(rest.subList(1, rest.size()))));
            }
            case "ended" -> ended(rest);
            case "signalled" -> signalled(rest);
            case "path" -> path(rest.get(0), rest.get(1).equals("exists"));
            case "obstacle" -> obstacle(Label.of(rest.get(0)), rest.subList(1, rest.size()));
            case "advance" -> advance(Definitions.duration(rest.get(0)));
            case "stall" -> {
                pass(Definitions.duration(rest.get(0)));
                fireDue(monotonic);
            }
            case "clock" ->
                wall = rest.get(0).charAt(0) == '-'
                        ? wall.minus(Definitions.duration(rest.get(0).substring(1)))
                        : wall.plus(Definitions.duration(rest.get(0).substring(1)));
            case "sleep" -> wall = wall.plus(Definitions.duration(rest.get(0)));
            case "stale" -> stale(Label.of(rest.get(0)), RunId.of(Long.parseLong(rest.get(1))));
            case "restart" -> restart(rest);
            case "reboot" -> {
                boot++;
                monotonic = Duration.ofSeconds(1);
                processes.values().forEach(process -> process.alive = false);
                restart(List.of());
            }
            default -> throw new IllegalArgumentException("no such command: " + verb);
        }
    }

    private static String join(List<String> words) {
        return String.join(" ", words);
    }

    private RequestId request(List<String> words) {
        RequestId request = new RequestId(++requests);
        outstanding.put(request, join(words));
        return request;
    }

    private void bootstrap(List<String> names) {
        List<JobSpec> specs = names.stream()
                .map(Label::of)
                .map(label -> Definitions.parse(label, definitions.get(label)))
                .toList();
        for (JobSpec spec : specs) {
            if (!state.jobs().containsKey(spec.label())) {
                invariants.forget(spec.label());
            }
        }
        dispatch(new DomainEvent.Bootstrap(specs, obstacles, Optional.of(request(List.of("bootstrap"))), true));
    }

    /** By label the process of its live run, by number any. */
    private Process process(List<String> words) {
        String name = words.get(0);
        Optional<RunId> run = name.matches("[0-9]+")
                ? Optional.of(RunId.of(Long.parseLong(name)))
                : Optional.ofNullable(state.jobs().get(Label.of(name)))
                        .flatMap(entry -> entry.job().memory().live())
                        .map(Memory.Live::run);
        return run.map(processes::get).orElseThrow(() -> new IllegalArgumentException("no process: " + name));
    }

    private void started(Process process) {
        process.heard = true;
        Optional<ProcessIdentity> identity = process.toldAtAdoption;
        if (process.alive && process.place != Place.CONTAINER) {
            process.born = true;
            identity = Optional.of(
                    new ProcessIdentity(1000 + process.run.value(), process.run.value() * 100, now().bootId()));
        }
        send(process.label, new Event.Started(process.run, identity));
    }

    private void ended(List<String> words) {
        Process process = process(words);
        process.alive = false;
        RunEnd end = end(words.subList(1, words.size()));
        invariants.ended(process, end);
        processes.remove(process.run);
        send(process.label, new Event.Ended(process.run, end, Optional.empty()));
    }

    static RunEnd end(List<String> words) {
        String last = words.get(words.size() - 1);
        if (last.startsWith("left=")) {
            return end(words.subList(0, words.size() - 1)).withLeftThreads(Integer.parseInt(last.substring(5)));
        }
        RunEnd.Cause cause = RunEnd.Cause.valueOf(words.get(0).toUpperCase(java.util.Locale.ROOT));
        return switch (cause) {
            case EXITED -> RunEnd.exited(Integer.parseInt(words.get(1)));
            case SIGNALED -> RunEnd.signaled(Integer.parseInt(words.get(1)));
            case RETURNED, EXIT_CALLED -> RunEnd.of(cause, Integer.parseInt(words.get(1)));
            default -> RunEnd.of(cause, join(words.subList(1, words.size())));
        };
    }

    private void signalled(List<String> words) {
        Pending next = inbox.remove(0);
        Event.Signalled event = next.event();
        Optional<String> error = words.isEmpty() ? Optional.empty() : Optional.of(join(words));
        send(next.label(), new Event.Signalled(event.run(), event.signal(), event.request(), error));
    }

    private void path(String path, boolean exists) {
        boolean changed = exists ? paths.add(path) : paths.remove(path);
        Condition condition = new Condition.PathExists(path);
        for (Label label : List.copyOf(watches.keySet())) {
            if (changed && !dead && watches.get(label).contains(condition)) {
                send(label, new Event.ConditionChanged(condition, exists));
            }
        }
    }

    private void obstacle(Label label, List<String> words) {
        if (words.isEmpty()) {
            obstacles.remove(label);
        } else {
            obstacles.put(label, join(words));
        }
        send(label, new Event.ObstacleChanged(Optional.ofNullable(obstacles.get(label))));
    }

    private void stale(Label label, RunId run) {
        say("a stale event of run " + run);
        send(label, new Event.Started(run, Optional.empty()));
        send(label, new Event.Ended(run, RunEnd.exited(1), Optional.empty()));
        send(label, new Event.TimerFired(new Timer(Timer.Kind.START, Duration.ofDays(9999))));
    }

    private void pass(Duration time) {
        monotonic = monotonic.plus(time);
        wall = wall.plus(time);
    }

    /** Lets time pass; timers fire exactly when they are due. */
    private void advance(Duration time) {
        Duration until = monotonic.plus(time);
        fireDue(until);
        if (until.compareTo(monotonic) > 0) {
            pass(until.minus(monotonic));
        }
    }

    private void fireDue(Duration until) {
        Optional<Map.Entry<Label, Timer>> due = nextTimer();
        while (!dead && due.isPresent() && due.get().getValue().deadline().compareTo(until) <= 0) {
            Label label = due.get().getKey();
            Timer timer = due.get().getValue();
            if (timer.deadline().compareTo(monotonic) > 0) {
                pass(timer.deadline().minus(monotonic));
            }
            timers.get(label).remove(timer.kind());
            if (trace.isPresent()) {
                say(label + ": timer " + timer.kind() + " at " + text(monotonic));
            }
            invariants.fired(label, timer.kind());
            send(label, new Event.TimerFired(timer));
            due = nextTimer();
        }
    }

    Optional<Map.Entry<Label, Timer>> nextTimer() {
        Label label = null;
        Timer first = null;
        for (Map.Entry<Label, Map<Timer.Kind, Duration>> job : timers.entrySet()) {
            for (Map.Entry<Timer.Kind, Duration> timer : job.getValue().entrySet()) {
                if (first == null || timer.getValue().compareTo(first.deadline()) < 0) {
                    label = job.getKey();
                    first = new Timer(timer.getKey(), timer.getValue());
                }
            }
        }
        return first == null ? Optional.empty() : Optional.of(Map.entry(label, first));
    }

    /** Another life of the supervisor, from what the former one wrote. */
    private void restart(List<String> gone) {
        dead = false;
        cut = -1;
        processes.values().removeIf(process -> process.place == Place.CONTAINER || !process.born);
        gone.forEach(name -> process(List.of(name)).alive = false);
        processes.values().removeIf(process -> !process.alive);
        processes.values().forEach(process -> process.heard = false);
        invariants.died();
        state = DomainState.EMPTY;
        prepared.clear();
        timers.clear();
        inbox.clear();
        watches.clear();
        outstanding.clear();
        invariants.restarted();
        Set<Label> sources = Set.copyOf(brought);
        brought.clear();
        dispatch(new DomainEvent.Restored(Map.copyOf(saved), reserved));
        brought.addAll(sources);
        List<JobSpec> specs = definitions.entrySet().stream()
                .map(definition -> Definitions.parse(definition.getKey(), definition.getValue()))
                .toList();
        dispatch(new DomainEvent.Bootstrap(specs, obstacles, Optional.empty()));
    }

    private void send(Label label, Event event) {
        dispatch(new DomainEvent.ForJob(label, event));
    }

    private void dispatch(DomainEvent event) {
        DomainState before = state;
        former = before;
        DomainMachine.Step step = DomainMachine.step(before, event, now());
        state = step.next();
        int limit =
                cut < 0 ? step.effects().size() : Math.min(cut, step.effects().size());
        for (int i = 0; i < limit; i++) {
            if (trace.isPresent()) {
                say("  " + Traces.text(step.effects().get(i), now()));
            }
            perform(step.effects().get(i));
        }
        if (cut >= 0) {
            dead = true;
            return;
        }
        trace.ifPresent(text -> Traces.changes(text, before, state, now()));
        tellPaths();
        invariants.check();
    }

    private void perform(DomainEffect effect) {
        if (effect instanceof DomainEffect.ForJob forJob) {
            perform(forJob.label(), forJob.effect());
        } else if (effect instanceof DomainEffect.Answer answer) {
            invariants.answered(answer.request());
        }
    }

    private void perform(Label label, Effect effect) {
        if (effect instanceof Effect.Save save) {
            invariants.saved(label, save.memory());
            saved.put(label, save.memory());
            save.memory().live().ifPresent(live -> {
                if (live.run().value() > reserved) {
                    reserved = live.run().value() + BLOCK;
                }
            });
        } else if (effect instanceof Effect.Record record) {
            invariants.recorded(label, record.record());
            history.put(record.record().run(), record.record());
        } else if (effect instanceof Effect.Prepare prepare) {
            prepared.put(label, prepare.spec());
        } else if (effect instanceof Effect.LetGo) {
            invariants.letGo(prepared.remove(label));
        } else if (effect instanceof Effect.Spawn spawn) {
            invariants.spawned(label, spawn);
            processes.put(
                    spawn.run(),
                    new Process(label, spawn.run(), Place.of(spawn.spec().work())));
        } else if (effect instanceof Effect.Adopt adopt) {
            Process process = processes.computeIfAbsent(adopt.run(), run -> {
                Process none = new Process(label, run, Place.of(adopt.spec().work()));
                none.alive = false;
                return none;
            });
            process.toldAtAdoption = adopt.process();
            invariants.adopted(process, adopt);
        } else if (effect instanceof Effect.Signal signal) {
            Optional.ofNullable(processes.get(signal.run())).ifPresent(process -> {
                process.signals++;
                process.forced |= signal.signal() == 9;
            });
            inbox.add(new Pending(
                    label, new Event.Signalled(signal.run(), signal.signal(), signal.request(), Optional.empty())));
        } else if (effect instanceof Effect.SetTimer set) {
            timers.computeIfAbsent(label, l -> new EnumMap<>(Timer.Kind.class))
                    .put(set.timer().kind(), set.timer().deadline());
        } else if (effect instanceof Effect.CancelTimer cancel) {
            invariants.cancelled(timers.getOrDefault(label, Map.of()).remove(cancel.kind()));
        } else if (effect instanceof Effect.Watch watch) {
            watches.computeIfAbsent(label, l -> new HashSet<>()).add(watch.condition());
            untold.add(Map.entry(label, watch.condition()));
        } else if (effect instanceof Effect.Unwatch unwatch) {
            watches.get(label).remove(unwatch.condition());
        } else if (effect instanceof Effect.Answer answer) {
            invariants.answered(answer.request());
        } else if (effect instanceof Effect.Forget) {
            invariants.forget(label);
        }
    }

    private final List<Map.Entry<Label, Condition>> untold = new ArrayList<>();

    /** A watch is answered at once. */
    private void tellPaths() {
        while (!untold.isEmpty()) {
            Map.Entry<Label, Condition> watch = untold.remove(0);
            if (watch.getValue() instanceof Condition.PathExists path) {
                say(watch.getKey() + ": " + path.path() + (paths.contains(path.path()) ? " exists" : " is missing"));
                send(watch.getKey(), new Event.ConditionChanged(path, paths.contains(path.path())));
            }
        }
    }

    private void say(String line) {
        trace.ifPresent(text -> text.append(line).append('\n'));
    }

    static String text(Duration duration) {
        return RestartDelay.seconds(duration);
    }
}
