package org.lares.supervisor.core;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Policy;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Wanted;

/**
 * What must hold whatever happens. Follows the world by its own books, from effects carried out and facts of the world, and
 * never asks the code under test what would be right.
 */
final class Invariants {
    private final World world;
    private final Set<RunId> open = new TreeSet<>();
    private final Map<Label, Time> lastStart = new HashMap<>();
    private final Map<Label, RunEnd> lastEnd = new HashMap<>();
    private final Set<Label> owed = new HashSet<>();
    private final Set<RequestId> answered = new HashSet<>();
    private final Set<RunId> recordedInThisLife = new HashSet<>();
    private final Map<Label, String> onceIn = new HashMap<>();
    private final Map<RunId, Place> places = new HashMap<>();
    /** Of each label the runs that did harm, since it was released or defined for another place. */
    private final Map<Label, Set<RunId>> harmful = new HashMap<>();

    private final Set<Label> quarantined = new HashSet<>();
    private final Set<RunId> releasedInLife = new HashSet<>();
    /** Labels that owed no start when the supervisor was killed. */
    private final Set<Label> quiet = new HashSet<>();

    private Optional<Label> releasing = Optional.empty();
    private String boot = "";
    private long greatestRun;

    Invariants(World world) {
        this.world = world;
    }

    /** Before the state of a life is thrown away. */
    void died() {
        quiet.clear();
        boolean sameBoot = boot.equals(world.now().bootId());
        world.state.jobs().forEach((label, entry) -> {
            Job job = entry.job();
            boolean settled = sameBoot
                    && entry.spec().policy().startsAtLoad()
                    && !job.state().live()
                    && job.wanted() == Wanted.DOWN
                    && !job.disabled()
                    && job.end().isEmpty()
                    && job.pending().isEmpty()
                    && job.memory().live().isEmpty()
                    && job.memory().equals(world.saved.getOrDefault(label, Memory.NONE));
            if (settled) {
                quiet.add(label);
            }
        });
        // Of a run that is still remembered as live the end was not written, and will be another one.
        world.saved.forEach((label, memory) -> memory.live()
                .filter(live -> memory.gaveUp().isEmpty())
                .ifPresent(live -> harmful.getOrDefault(label, new HashSet<>()).remove(live.run())));
        quarantined.removeIf(label ->
                world.saved.getOrDefault(label, Memory.NONE).harm().quarantine().isEmpty());
        releasing = Optional.empty();
        releasedInLife.clear();
    }

    void restarted() {
        lastEnd.clear();
        owed.clear();
        recordedInThisLife.clear();
    }

    void releasing(Label label) {
        releasing = Optional.of(label);
    }

    void letGo(JobSpec prepared) {
        require(prepared != null, () -> "only what was made ready is let go");
    }

    void adopted(World.Process process, Effect.Adopt adopt) {
        require(
                process.place == Place.of(adopt.spec().work()),
                () -> "a run is taken over by the runner that has it: " + process.run);
    }

    void forget(Label label) {
        quiet.remove(label);
        lastEnd.remove(label);
        owed.remove(label);
    }

    void redefined(Label label) {
        forget(label);
    }

    void enabledSet(Label label) {
        forget(label);
    }

    void fired(Label label, Timer.Kind kind) {
        Job job = world.state.jobs().get(label).job();
        if (kind == Timer.Kind.INTERVAL && job.state() == JobState.RUNNING) {
            owed.add(label);
        }
    }

    void ended(World.Process process, RunEnd end) {
        DomainState.Entry entry = world.state.jobs().get(process.label);
        if (entry != null
                && entry.job().state().live()
                && !entry.job().memory().hung()
                && entry.job().memory().live().map(Memory.Live::run).equals(Optional.of(process.run))) {
            lastEnd.put(process.label, end);
        }
    }

    void saved(Label label, Memory memory) {
        if (releasing.equals(Optional.of(label)) && memory.harm().equals(Memory.Harm.NONE)) {
            harmful.remove(label);
            quarantined.remove(label);
            memory.live().ifPresent(live -> releasedInLife.add(live.run()));
            releasing = Optional.empty();
        }
        if (quarantined.contains(label) || !definedForContainer(label)) {
            world.processes.values().stream()
                    .filter(process -> process.label.equals(label) && process.place == Place.CONTAINER)
                    .filter(process -> process.forced
                            && !memory.live().map(Memory.Live::run).equals(Optional.of(process.run)))
                    .forEach(process -> process.writtenOff = true);
        }
        memory.live().ifPresent(live -> {
            if (live.run().value() > greatestRun) {
                greatestRun = live.run().value();
                open.add(live.run());
            }
        });
    }

    void spawned(Label label, Effect.Spawn spawn) {
        Time now = world.now();
        JobSpec spec = world.state.jobs().get(label).spec();
        require(
                spawn.run().value() == greatestRun,
                () -> "run ids only grow, and are saved before the start: " + spawn);
        require(open.contains(spawn.run()), () -> "a run is saved before it is started: " + spawn);
        for (World.Process process : world.processes.values()) {
            require(
                    !process.alive || !process.label.equals(label) || process.writtenOff,
                    () -> "at most one live run: " + label + " has run " + process.run + " beside " + spawn.run());
        }
        require(world.state.shutdown().isEmpty(), () -> "no start after a shutdown began: " + label);
        Place place = Place.of(spawn.spec().work());
        places.put(spawn.run(), place);
        Place defined = Place.of(spec.work());
        require(
                place == (defined == Place.CONTAINER && quarantined.contains(label) ? Place.HOST : defined),
                () -> label + ": run " + spawn.run() + " is started at the wrong place: " + place);
        require(
                spawn.spec().equals(world.prepared.get(label)),
                () -> label + ": what is started was made ready before: " + world.prepared.get(label));
        require(
                !quiet.contains(label) || !spawn.reason().detail().equals("RunAtLoad"),
                () -> label + ": finished before the supervisor was killed, and started anew by RunAtLoad");
        boolean automatic = spawn.reason().kind() != StartReason.Kind.DEMAND;
        if (automatic) {
            Optional<Duration> since = Optional.ofNullable(lastStart.get(label)).flatMap(now::since);
            require(
                    since.isEmpty() || since.get().compareTo(spec.policy().throttle()) >= 0,
                    () -> "no two automatic starts closer than the throttle: " + label + " after "
                            + since.map(World::text).orElse(""));
            require(
                    !spec.policy().launchOnlyOnce() || !now.bootId().equals(onceIn.get(label)),
                    () -> "LaunchOnlyOnce: " + label);
            require(!world.state.jobs().get(label).job().disabled(), () -> "a disabled job is not started: " + label);
        }
        lastStart.put(label, now);
    }

    void recorded(Label label, RunRecord record) {
        RunId run = record.run();
        Set<RunId> harm = harmful.computeIfAbsent(label, l -> new HashSet<>());
        harm.remove(run);
        boolean harms = List.of(RunEnd.Cause.OUT_OF_MEMORY, RunEnd.Cause.HUNG, RunEnd.Cause.WATCHDOG)
                        .contains(record.end().cause())
                || record.end().leftThreads() > 0;
        // The definition that the run had; with its end another may have come.
        Optional<JobSpec> spec =
                Optional.ofNullable(world.former.jobs().get(label)).map(DomainState.Entry::spec);
        if (harms
                && places.get(run) == Place.CONTAINER
                && spec.filter(it -> Place.of(it.work()) == Place.CONTAINER).isPresent()) {
            harm.add(run);
            int limit = spec.get().policy().quarantineOnFailure().orElse(Integer.MAX_VALUE);
            if (harm.size() >= limit) {
                quarantined.add(label);
            }
        }
        require(recordedInThisLife.add(run), () -> "each run is recorded once: " + run);
        boolean cutBeforeSave = Optional.ofNullable(world.saved.get(label))
                .flatMap(Memory::live)
                .map(Memory.Live::run)
                .equals(Optional.of(run));
        require(open.remove(run) || cutBeforeSave, () -> "only a run that was live is recorded: " + run);
    }

    void cancelled(Duration timer) {
        require(timer != null, () -> "only a timer that is set is cancelled");
    }

    void answered(RequestId request) {
        require(world.outstanding.remove(request) != null && answered.add(request), () -> "answered once: " + request);
    }

    private boolean definedForContainer(Label label) {
        DomainState.Entry entry = world.state.jobs().get(label);
        return entry == null || Place.of(entry.spec().work()) == Place.CONTAINER;
    }

    private void checkPlace(Label label, JobSpec spec, Job job) {
        Place defined = Place.of(spec.work());
        if (defined != Place.CONTAINER) {
            harmful.remove(label);
            quarantined.remove(label);
        }
        int harm = harmful.getOrDefault(label, Set.of()).size();
        require(
                job.memory().harm().runs() == harm,
                () -> label + ": runs that did harm are counted: " + harm + ", not "
                        + job.memory().harm().runs());
        boolean isolated = quarantined.contains(label);
        require(
                job.memory().harm().quarantine().isPresent() == isolated,
                () -> label + ": quarantined after so many, and until released: "
                        + job.memory().harm().quarantine());
        Place place = isolated ? Place.HOST : defined;
        boolean mayStart = !job.disabled() && job.end().isEmpty();
        JobSpec prepared = world.prepared.get(label);
        require(
                mayStart
                        ? prepared != null
                                && prepared.policy().equals(spec.policy())
                                && Place.of(prepared.work()) == place
                        : prepared == null,
                () -> label + ": made ready is what is started next: " + prepared);
        job.memory().live().ifPresent(live -> {
            require(
                    live.place() == places.getOrDefault(live.run(), live.place()),
                    () -> label + ": it is remembered where run " + live.run() + " is");
            require(
                    job.state() != JobState.RUNNING
                            || live.place() == place
                            || live.stop().isPresent()
                            || releasedInLife.contains(live.run()),
                    () -> label + ": run " + live.run() + " is at " + live.place() + " and is to be at " + place);
        });
    }

    void check() {
        boot = world.now().bootId();
        releasing = Optional.empty();
        Set<RunId> remembered = new HashSet<>();
        for (Map.Entry<Label, DomainState.Entry> entry : world.state.jobs().entrySet()) {
            check(entry.getKey(), entry.getValue().spec(), entry.getValue().job());
            entry.getValue().job().memory().live().ifPresent(live -> remembered.add(live.run()));
        }
        world.state.memories().values().forEach(memory -> memory.live().ifPresent(live -> remembered.add(live.run())));
        for (Label label : world.definitions.keySet()) {
            require(
                    world.state.jobs().containsKey(label)
                            || world.state.leftBehind().contains(label)
                            || world.state.shutdown().isPresent()
                            || !world.brought.contains(label),
                    () -> "a definition that a source brought is not lost: " + label);
        }
        for (RunId run : open) {
            require(remembered.contains(run), () -> "every ended run is recorded: " + run);
        }
        for (Label label : world.timers.keySet()) {
            require(
                    world.state.jobs().containsKey(label)
                            || world.timers.get(label).isEmpty(),
                    () -> "no timer outlives its job: " + label);
        }
    }

    private void check(Label label, JobSpec spec, Job job) {
        checkPlace(label, spec, job);
        JobState state = job.state();
        Map<Timer.Kind, Duration> timers = world.timers.getOrDefault(label, Map.of());
        require(
                timers.equals(job.timers()),
                () -> label + ": the timers that are set are those the job knows: " + timers);
        require(
                job.memory().equals(world.saved.getOrDefault(label, Memory.NONE)),
                () -> label + ": what lasts is saved: " + job.memory());
        boolean scheduled = timers.containsKey(Timer.Kind.START);
        require(
                scheduled == (state == JobState.SCHEDULED),
                () -> label + ": START is set when scheduled, and only then");
        require(
                !timers.containsKey(Timer.Kind.EXIT) || state == JobState.STOPPING || state == JobState.STARTING,
                () -> label + ": EXIT does not outlive its run");
        require(
                timers.containsKey(Timer.Kind.KILL) == (state == JobState.KILLING),
                () -> label + ": KILL is set while killing, and only then");
        require(!state.live() || job.memory().live().isPresent(), () -> label + ": a live state has a run");
        boolean stopping = job.memory().live().flatMap(Memory.Live::stop).isPresent();
        require(
                state != JobState.STOPPING
                        || spec.policy().exitTimeOut().isZero()
                        || timers.containsKey(Timer.Kind.EXIT),
                () -> label + ": a stop is bounded by ExitTimeOut");
        boolean excused =
                job.disabled() || job.memory().gaveUp().isPresent() || job.end().isPresent();
        boolean comes = state.live() || scheduled || job.obstacle().isPresent();
        require(job.wanted() == Wanted.DOWN || comes, () -> label + ": wanted, but nothing will start it");
        require(job.wanted() == Wanted.DOWN || !job.end().isPresent(), () -> label + ": wanted although it is to end");
        require(
                job.wanted() == Wanted.UP || excused || !needed(label, spec.policy(), job),
                () -> label + ": forgotten");
        if (state == JobState.RUNNING && !stopping) {
            launchedOnce(label, spec);
        }
        if (excused || stopping) {
            owed.remove(label);
        }
        if (state == JobState.STARTING || state == JobState.SCHEDULED) {
            owed.remove(label);
        }
        boolean held =
                spec.policy().launchOnlyOnce() || spec.policy().keepAlive().afterInitialDemand();
        require(
                !owed.contains(label)
                        || held
                        || comes && job.pending().isPresent()
                        || state == JobState.RUNNING && job.pending().isPresent(),
                () -> label + ": demand while running is remembered");
    }

    private void launchedOnce(Label label, JobSpec spec) {
        if (spec.policy().launchOnlyOnce()) {
            onceIn.put(label, world.now().bootId());
        }
    }

    /** KeepAlive as launchd.plist(5) has it, from what the world knows. */
    private boolean needed(Label label, Policy policy, Job job) {
        KeepAlive keep = policy.keepAlive();
        boolean onceOver = policy.launchOnlyOnce() && job.memory().onceBootId().isPresent();
        if (job.state().live() || onceOver || (keep.afterInitialDemand() && !job.demanded())) {
            return false;
        }
        RunEnd end = lastEnd.get(label);
        boolean byEnd = end != null
                && (keep.successfulExit()
                                .map(wanted -> wanted == end.successful())
                                .orElse(false)
                        || keep.crashed().map(wanted -> wanted == end.crashed()).orElse(false));
        boolean byPath = keep.pathState().entrySet().stream().anyMatch(path -> path.getValue()
                .equals(job.conditions().get(new Condition.PathExists(path.getKey()))));
        boolean byOther = keep.otherJobActive().entrySet().stream().anyMatch(other -> {
            DomainState.Entry entry = world.state.jobs().get(other.getKey());
            return other.getValue() == (entry != null && entry.job().state().live());
        });
        return keep.always() || byEnd || byPath || byOther;
    }

    private static void require(boolean holds, Supplier<String> invariant) {
        if (!holds) {
            throw new AssertionError(invariant.get());
        }
    }
}
