package org.lares.supervisor.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.lares.job.Label;

/**
 * Makes up a schedule from a seed, and lives through it: a domain of one to four jobs of random policies, and a chain of
 * commands of a scenario, faults among them, each possible where it comes. The same seed makes the same schedule.
 */
final class Simulator {
    private static final String[] LABELS = {"a", "b", "c", "d"};

    private final SplittableRandom random;
    private final World world = new World(false);
    private final List<String> commands = new ArrayList<>();
    private final int steps;
    private final boolean patient;

    private Simulator(long seed, int steps, boolean patient) {
        random = new SplittableRandom(seed);
        this.steps = steps;
        this.patient = patient;
    }

    /**
     * @param patient whether time passes in hours and days rather than in seconds
     * @return empty if all went well, else a scenario that ends with what went wrong
     */
    static Optional<String> failure(long seed, int steps, boolean patient) {
        Simulator simulator = new Simulator(seed, steps, patient);
        try {
            simulator.live();
            return Optional.empty();
        } catch (RuntimeException | AssertionError e) {
            return Optional.of(
                    "# seed " + seed + ", " + steps + " steps: " + e + "\n" + ScenarioScript.write(simulator.commands));
        }
    }

    /** The whole schedule as a scenario. */
    static String script(long seed, int steps, boolean patient) {
        Simulator simulator = new Simulator(seed, steps, patient);
        simulator.live();
        return ScenarioScript.write(simulator.commands);
    }

    private void live() {
        int jobs = 1 + random.nextInt(3);
        StringBuilder bootstrap = new StringBuilder("bootstrap");
        for (int i = 0; i < jobs; i++) {
            act("define " + LABELS[i] + " " + definition());
            bootstrap.append(' ').append(LABELS[i]);
        }
        act(bootstrap.toString());
        for (int i = 0; i < steps; i++) {
            act(next());
        }
        quiesce();
    }

    private void act(String command) {
        commands.add(command);
        world.run(command);
    }

    /** All that is under way comes to its end: then no request may be without an answer. */
    private void quiesce() {
        if (world.dead) {
            act("restart");
        }
        act("shutdown");
        for (int i = 0; i < 100 && !world.outstanding.isEmpty(); i++) {
            if (!world.inbox.isEmpty()) {
                act("signalled");
                continue;
            }
            Optional<World.Process> unheard = world.processes.values().stream()
                    .filter(p -> isLive(p) && !p.heard)
                    .findFirst();
            Optional<World.Process> alive =
                    world.processes.values().stream().filter(this::isLive).findFirst();
            if (unheard.isPresent()) {
                act("started " + unheard.get().run);
            } else if (alive.isPresent()) {
                act("ended " + alive.get().run + " signaled 15");
            } else {
                break;
            }
        }
        if (!world.outstanding.isEmpty()) {
            throw new AssertionError("every request is answered: " + world.outstanding);
        }
    }

    private boolean isLive(World.Process process) {
        return Optional.ofNullable(world.state.jobs().get(process.label))
                .map(entry -> entry.job().state().live()
                        && entry.job().memory().live().orElseThrow().run().equals(process.run))
                .orElse(false);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String label() {
        return LABELS[random.nextInt(LABELS.length)];
    }

    private String definition() {
        StringBuilder words = new StringBuilder(
                chance(45) ? chance(70) ? "bundle" : "process" : "program=/bin/p" + random.nextInt(2));
        if (chance(40)) {
            words.append(" quarantine=").append(1 + random.nextInt(3));
        }
        if (chance(30)) {
            words.append(" runatload");
        }
        switch (random.nextInt(8)) {
            case 0, 1 -> words.append(" keepalive");
            case 2 -> words.append(" exit=").append(random.nextBoolean());
            case 3 -> words.append(" crash=").append(random.nextBoolean());
            case 4 -> words.append(" path:/x=").append(random.nextBoolean());
            case 5 ->
                words.append(random.nextBoolean() ? " active:" : " enabled:")
                        .append(label())
                        .append('=')
                        .append(random.nextBoolean());
            default -> {}
        }
        if (chance(10)) {
            words.append(" afterdemand");
        }
        words.append(" throttle=").append(random.nextInt(4) * 5).append('s');
        words.append(" exittimeout=").append(random.nextInt(4) * 10).append('s');
        if (chance(10)) {
            words.append(" once");
        }
        if (chance(25)) {
            words.append(" interval=")
                    .append(patient ? 3600 : 7 + random.nextInt(30))
                    .append('s');
        }
        if (chance(8)) {
            words.append(" disabled");
        }
        if (chance(25)) {
            words.append(" backoff=1s,2,60s,0.1,600s");
        }
        if (chance(20)) {
            words.append(" giveup=").append(1 + random.nextInt(4)).append(",60s");
        }
        return words.toString();
    }

    private String next() {
        if (world.dead) {
            return chance(85) ? restart() : "reboot";
        }
        if (chance(3)) {
            return "cut " + random.nextInt(5) + " " + living();
        }
        if (chance(2)) {
            return chance(80) ? restart() : "reboot";
        }
        return living();
    }

    private String restart() {
        StringBuilder command = new StringBuilder("restart");
        for (World.Process process : world.processes.values()) {
            if (process.born && process.alive && process.place != Place.CONTAINER && chance(30)) {
                command.append(' ').append(process.run);
            }
        }
        return command.toString();
    }

    /** Something that can happen while the supervisor is there. */
    private String living() {
        if (!world.inbox.isEmpty() && chance(60)) {
            return chance(90) ? "signalled" : "signalled not permitted";
        }
        if (chance(55)) {
            Optional<String> process = ofProcess();
            if (process.isPresent()) {
                return process.get();
            }
        }
        if (chance(45)) {
            return time();
        }
        return request();
    }

    private static String moved(List<String> definition) {
        StringBuilder words = new StringBuilder();
        for (String word : definition) {
            words.append(' ').append(word.equals("bundle") ? "process" : word.equals("process") ? "bundle" : word);
        }
        return words.toString();
    }

    private Optional<String> ofProcess() {
        if (world.processes.isEmpty()) {
            return Optional.empty();
        }
        List<World.Process> all = List.copyOf(world.processes.values());
        World.Process process = all.get(random.nextInt(all.size()));
        if (!process.heard) {
            if (!isLive(process)) {
                return Optional.empty();
            }
            boolean ordered = process.alive && !process.born;
            if (ordered && chance(15)) {
                return Optional.of("failed " + process.run + " no such file");
            }
            return Optional.of(ordered && chance(20) ? "born " + process.run : "started " + process.run);
        }
        if (!process.alive) {
            return Optional.of("ended " + process.run + " unknown");
        }
        if (process.forced) {
            return chance(80) ? Optional.of("ended " + process.run + " signaled 9") : Optional.empty();
        }
        if (process.signals > 0) {
            return chance(50) ? Optional.of("ended " + process.run + end(process)) : Optional.empty();
        }
        return chance(40) ? Optional.of("ended " + process.run + end(process)) : Optional.empty();
    }

    private String end(World.Process process) {
        if (process.place == Place.CONTAINER) {
            return switch (random.nextInt(10)) {
                case 7 -> " out_of_memory java.lang.OutOfMemoryError: Java heap space";
                case 8 -> " watchdog no sign of life";
                case 9 -> random.nextBoolean() ? " stopped left=2" : " returned 0 left=1";
                case 0 -> " returned 0";
                case 1 -> " returned 3";
                case 2 -> " threw java.lang.IllegalStateException";
                case 3 -> " stopped";
                case 4 -> " bundle_stopped";
                case 5 -> " exit_called 1";
                default -> chance(30) ? " hung a thread is left" : " uncaught java.lang.Error";
            };
        }
        return switch (random.nextInt(5)) {
            case 0, 1 -> " exited 0";
            case 2 -> " exited 1";
            case 3 -> " signaled 11";
            default -> " signaled 15";
        };
    }

    private String time() {
        Optional<Map.Entry<Label, Timer>> timer = world.nextTimer();
        if (timer.isPresent() && chance(60)) {
            Duration left = timer.get().getValue().deadline().minus(world.now().monotonic());
            return "advance " + Math.max(0, left.toMillis() + 1) + "ms";
        }
        return switch (random.nextInt(8)) {
            case 0 -> "clock " + (random.nextBoolean() ? "-" : "+") + random.nextInt(100) + "d";
            case 1 -> "sleep " + random.nextInt(100) + "h";
            case 2 -> "stall " + (patient ? random.nextInt(48) + "h" : random.nextInt(100) + "s");
            default ->
                patient ? "advance " + (1 + random.nextInt(300)) + "m" : "advance " + random.nextInt(15_000) + "ms";
        };
    }

    private String request() {
        String label = label();
        boolean loaded = world.state.jobs().containsKey(Label.of(label));
        boolean defined = world.definitions.containsKey(Label.of(label));
        if (loaded && !defined && chance(30)) {
            return "install " + label + " " + definition();
        }
        if (!loaded && chance(70)) {
            return (chance(50) ? "load " : "install ") + label + " " + definition();
        }
        return switch (random.nextInt(22)) {
            case 20 -> "release " + label;
            case 21 ->
                // Moved by one key: nothing else of the definition changes.
                defined ? "redefine " + label + moved(world.definitions.get(Label.of(label))) : "kickstart " + label;
            case 0, 1, 2 -> "kickstart " + label;
            case 3, 4 -> "kickstart -k " + label;
            case 5, 6 -> "disable " + label;
            case 7, 8, 9 -> "enable " + label;
            case 10 -> "kill " + List.of(1, 9, 15, 0, 99).get(random.nextInt(5)) + " " + label;
            case 11 -> "bootout " + label;
            case 12 -> chance(30) ? "uninstall " + label : "kickstart " + label;
            case 13, 14 -> loaded ? "redefine " + label + " " + definition() : "kickstart " + label;
            case 15 -> "obstacle " + label + " the bundle is not resolved";
            case 16, 17 -> "obstacle " + label;
            case 18 ->
                chance(50) ? "path /x " + (random.nextBoolean() ? "exists" : "missing") : "stale " + label + " 1000000";
            default ->
                chance(8) ? (random.nextBoolean() ? "shutdown" : "handover") : "load " + label + " " + definition();
        };
    }
}
