package org.lares.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.lares.job.JobSpec;
import org.lares.job.Limits;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.job.Work.ProgramWork;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Pipe;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;
import org.lares.xpc.posix.Spawn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs program jobs as processes of their own, each leader of a session and a process group.
 *
 * <p>Nothing ties a process to this container: no pipe, no parent-death signal, no descriptor. When the container ends,
 * in whatever way, programs go on, and its next life adopts them. Two threads serve all runs, one that starts processes
 * and one that sees them end; they and the native layer come with the first program job.
 *
 * <p>A run is named by its RunId alone, so one runner serves one domain.
 */
public final class ProgramRunner implements Runner {
    private static final Logger LOG = LoggerFactory.getLogger(ProgramRunner.class);
    private static final int WAITING_STARTS = 4096;
    private static final String CLOSING = "the runner of programs is being stopped";

    private final ConcurrentMap<RunId, ProgramRun> runs = new ConcurrentHashMap<>();
    private final Cgroups cgroups;
    private final ThreadPoolExecutor spawner;
    /** Belongs to the spawner's thread, and after its end to the closing one. */
    private Reaper reaper;
    /** Who the container is, looked up once: it stays who it is. Belongs to the spawner's thread. */
    private Account account;

    public ProgramRunner() {
        // Karaf sets it for each container.
        this(Cgroups.of(Path.of(System.getProperty("karaf.data", System.getProperty("user.dir")))));
    }

    /** @param cgroups of this runner alone */
    ProgramRunner(Cgroups cgroups) {
        this.cgroups = cgroups;
        cgroups.sweep(this::live);
        spawner = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_STARTS), task -> {
            Thread thread = new Thread(task, "lares-spawner");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Stops watching; programs go on and can be adopted by another runner. Starts that still wait are not made: their
     * listener hears that they failed.
     */
    public void close() {
        List<Runnable> waiting = spawner.shutdownNow();
        waiting.forEach(task -> ((Task) task).failed.accept(CLOSING));
        boolean interrupted = false;
        while (!spawner.isTerminated()) {
            try {
                spawner.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (reaper != null) {
            reaper.close();
        }
        cgroups.sweep(this::live);
        runs.values().forEach(ProgramRun::release);
        runs.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private ProgramRun run(Launch launch, RunListener listener) {
        return new ProgramRun(launch, listener, run -> {
            runs.remove(launch.run());
            run.leaf().ifPresent(cgroups::release);
        });
    }

    private boolean live(String leaf) {
        return runs.values().stream()
                .anyMatch(run ->
                        run.leaf().filter(groups -> groups.name().equals(leaf)).isPresent());
    }

    @Override
    public boolean runs(Work work) {
        return work instanceof ProgramWork;
    }

    @Override
    public void start(Launch launch, RunListener listener) {
        ProgramRun run = run(launch, listener);
        if (runs.putIfAbsent(launch.run(), run) != null) {
            listener.startFailed(
                    launch.run(), "run " + launch.run() + " exists already; this is an error of the container");
            return;
        }
        submit(new Task(() -> spawn(run), reason -> {
            runs.remove(launch.run());
            listener.startFailed(launch.run(), reason);
        }));
    }

    @Override
    public void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
        ProgramRun run = run(launch, listener);
        if (runs.putIfAbsent(launch.run(), run) != null) {
            listener.startFailed(
                    launch.run(), "run " + launch.run() + " exists already; this is an error of the container");
            return;
        }
        Consumer<String> unreachable = reason -> run.beginUnreachable(
                process, "whether it still runs cannot be found out: " + reason + "; restart the container");
        submit(new Task(() -> take(run, process, listener), unreachable));
    }

    /**
     * What the spawner does for a run.
     *
     * @param failed told why it was not done
     */
    private record Task(Action action, Consumer<String> failed) implements Runnable {
        @Override
        public void run() {
            try {
                action.perform();
            } catch (RefusedException e) {
                failed.accept(e.getMessage());
            } catch (IOException | RuntimeException | LinkageError e) {
                LOG.error("cannot start or adopt a program: {}", e.toString(), e);
                failed.accept(e + "; see the container's log");
            }
        }
    }

    @FunctionalInterface
    private interface Action {
        void perform() throws IOException, RefusedException;
    }

    private void submit(Task task) {
        try {
            spawner.execute(task);
        } catch (RejectedExecutionException e) {
            task.failed.accept(
                    spawner.isShutdown()
                            ? CLOSING
                            : WAITING_STARTS + " starts wait already; try again when they are done");
        }
    }

    private Reaper reaper() throws PosixException {
        if (reaper == null) {
            reaper = new Reaper();
        }
        return reaper;
    }

    private void spawn(ProgramRun run) throws IOException, RefusedException {
        Launch launch = run.launch();
        ProgramWork work = (ProgramWork) launch.spec().work();
        if (account == null) {
            account = Account.ofContainer();
        }
        Preparation preparation = Preparation.of(work, account);
        OptionalInt files = files(work.limits(), account, run::note);
        Optional<Leaf> leaf = cgroups.make(launch.spec().label(), launch.run(), work.limits(), run::note);
        leaf.ifPresent(run::in);
        boolean given = false;
        try {
            spawn(run, work, preparation, files, leaf);
            given = true;
        } finally {
            if (!given) {
                leaf.ifPresent(cgroups::release);
            }
        }
    }

    private static OptionalInt files(Limits limits, Account container, Consumer<String> note) throws RefusedException {
        if (limits.files().isEmpty()) {
            return limits.files();
        }
        Optional<String> obstacle = OpenFiles.obstacle(limits.files().getAsInt(), container);
        if (obstacle.isPresent() && !limits.advisory()) {
            throw new RefusedException(List.of(obstacle.get()));
        }
        obstacle.ifPresent(note);
        return obstacle.isPresent() ? OptionalInt.empty() : limits.files();
    }

    private void spawn(
            ProgramRun run, ProgramWork work, Preparation preparation, OptionalInt files, Optional<Leaf> leaf)
            throws IOException, RefusedException {
        Launch launch = run.launch();
        Map<String, String> environment =
                JobEnvironment.of(launch.domain(), launch.spec().label(), launch.run(), work, preparation);
        List<Path> joining =
                leaf.filter(Leaf::joinedByProgram).map(Leaf::joiningFiles).orElse(List.of());
        Command command = Command.of(work, preparation, environment, files, joining);
        String bootId = Posix.bootId();
        Reaper owner = reaper();
        Spawn spawn = new Spawn(
                command.executable().toString(), command.arguments(), JobEnvironment.strings(command.environment()));
        if (command.chained()) {
            Pipe status = new Pipe();
            boolean given = false;
            try {
                spawn.give(status, Command.STATUS);
                spawn.directory("/");
                spawn.open(0, "/dev/null", Spawn.READ, 0);
                log(spawn, launch, 1, work.standardOut().isPresent());
                log(spawn, launch, Command.WAITING_ERROR, work.standardError().isPresent());
                Pidfd process = start(spawn, 4, preparation, leaf, work.limits());
                status.closeWriteEnd();
                begin(process, () -> run.beginSetUp(owner, process, identity(process, bootId), status));
                given = true;
            } finally {
                if (!given) {
                    status.close();
                }
            }
        } else {
            spawn.directory(work.workingDirectory().map(Object::toString).orElse("/"));
            spawn.open(0, work.standardIn().map(Object::toString).orElse("/dev/null"), Spawn.READ, 0);
            output(spawn, launch, 1, work.standardOut());
            output(spawn, launch, 2, work.standardError());
            Pidfd process = start(spawn, 3, preparation, leaf, work.limits());
            begin(process, () -> run.begin(owner, process, identity(process, bootId), true));
        }
    }

    /** What cannot be watched must not run. */
    private static void begin(Pidfd process, Action action) throws IOException, RefusedException {
        boolean begun = false;
        try {
            action.perform();
            begun = true;
        } finally {
            if (!begun) {
                process.destroy();
            }
        }
    }

    private static void output(Spawn spawn, Launch launch, int fd, Optional<Path> path) {
        if (path.isPresent()) {
            spawn.open(fd, path.get().toString(), Spawn.APPEND, 0666);
        } else {
            log(spawn, launch, fd, false);
        }
    }

    private static void log(Spawn spawn, Launch launch, int fd, boolean elsewhere) {
        if (elsewhere) {
            spawn.open(fd, "/dev/null", Spawn.READ_WRITE, 0);
        } else {
            spawn.open(fd, launch.log().toString(), Spawn.APPEND, 0600);
        }
    }

    /** In its control groups from its first instruction on. */
    private static Pidfd start(
            Spawn spawn, int descriptors, Preparation preparation, Optional<Leaf> leaf, Limits limits)
            throws IOException, RefusedException {
        Optional<Leaf> entered = leaf.filter(groups -> !groups.joinedByProgram());
        if (entered.isEmpty()) {
            return start(spawn, descriptors, preparation);
        }
        Leaf groups = entered.get();
        Pidfd process = null;
        boolean limited = false;
        try {
            try {
                groups.enter();
                process = start(spawn, descriptors, preparation);
            } finally {
                groups.leave();
            }
            groups.limitWithoutGuests(limits);
            limited = true;
            return process;
        } finally {
            if (process != null && !limited) {
                process.destroy();
                groups.kill();
            }
        }
    }

    private static Pidfd start(Spawn spawn, int descriptors, Preparation preparation) throws RefusedException {
        try {
            return spawn.start(descriptors);
        } catch (PosixException e) {
            throw new RefusedException(
                    preparation.program() + " could not be started: " + e.getMessage(), remedy(e.error()));
        }
    }

    private static String remedy(int error) {
        return switch (error) {
            case 2 -> "if it is there, what it was linked to be loaded by is not: see readelf -l";
            case 7 -> "its arguments and environment together are too long";
            case 8 -> "it is neither made for this machine nor a script whose first line names its interpreter with #!";
            case 11, 12 -> "the container may make no more processes: see ulimit -u and the memory";
            case 13 -> "the container's user has no right to it, its folder or one of its files";
            case 23, 24 -> "too many files are open: raise the container's limit (ulimit -n)";
            case 26 -> "it is just being written";
            default -> "see that its program, folder and files are in order";
        };
    }

    private static ProcessIdentity identity(Pidfd process, String bootId) {
        // Not waited for yet, so it is there even if it is dead.
        ProcStat stat = ProcStat.of(process.pid()).orElseThrow();
        return new ProcessIdentity(process.pid(), stat.startTicks(), bootId);
    }

    private void take(ProgramRun run, Optional<ProcessIdentity> known, RunListener listener) throws IOException {
        Launch launch = run.launch();
        String bootId = Posix.bootId();
        Reaper owner = reaper();
        Optional<Leaf> leaf = cgroups.find(launch.spec().label(), launch.run(), known.map(ProcessIdentity::pid));
        leaf.ifPresent(run::in);
        Optional<ProcessIdentity> identity = known;
        if (identity.isEmpty() && leaf.isPresent()) {
            identity = Adoption.leader(leaf.get(), bootId);
        }
        if (identity.isEmpty()) {
            identity = Adoption.search(launch, bootId);
        }
        boolean groupLeft = leaf.isPresent() && !leaf.get().numbers().isEmpty();
        if (identity.isPresent()) {
            ProcessIdentity who = identity.get();
            Optional<Pidfd> process = Adoption.hold(launch, who, bootId);
            if (process.isPresent()) {
                run.begin(owner, process.get(), who, Adoption.child(who));
                return;
            }
            groupLeft = groupLeft || Adoption.groupLeft(launch, who, bootId);
        }
        String what = identity.isEmpty()
                ? "the container ended before it heard of the process, and there is none now"
                : identity.get().bootId().equals(bootId)
                        ? "it ended while the container was away"
                        : "the machine was booted since it was started";
        if (groupLeft) {
            run.beginAfterEnd(owner, identity, what);
        } else {
            runs.remove(launch.run());
            leaf.ifPresent(cgroups::release);
            listener.started(launch.run(), identity);
            listener.ended(launch.run(), RunEnd.of(RunEnd.Cause.UNKNOWN, what), Optional.empty());
        }
    }

    @Override
    public Optional<String> signal(RunId id, int signal) {
        ProgramRun run = runs.get(id);
        return run == null ? Optional.empty() : run.signal(signal);
    }

    /** By what a live run's processes are held together and to their limits, for people; empty if that is not known. */
    public Optional<String> where(RunId id) {
        return Optional.ofNullable(runs.get(id)).flatMap(ProgramRun::leaf).map(leaf -> "its control group is " + leaf);
    }

    @Override
    public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
        if (live.isPresent()) {
            ProgramRun run = runs.get(live.get());
            return run == null ? List.of() : run.stopped();
        }
        ProgramWork work = (ProgramWork) spec.work();
        try {
            Account container = Account.ofContainer();
            Preparation preparation = Preparation.of(work, container);
            OptionalInt files = files(work.limits(), container, note -> {});
            List<String> missing = cgroups.missing(work.limits());
            if (!missing.isEmpty() && !work.limits().advisory()) {
                return List.of(missing.get(0));
            }
            Command.of(work, preparation, work.environment(), files, List.of());
            return List.of();
        } catch (RefusedException e) {
            return e.steps();
        } catch (PosixException e) {
            return List.of(e.getMessage());
        } catch (LinkageError e) {
            return List.of("the native layer cannot be loaded: " + e + "; put com.sun.jna for this machine beside it");
        }
    }
}
