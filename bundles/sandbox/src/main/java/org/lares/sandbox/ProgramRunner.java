package org.lares.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.lares.job.JobSpec;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.job.Work.ProgramWork;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;
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
    private final ProgramStart starts;
    private final ThreadPoolExecutor spawner;
    /** Belongs to the spawner's thread, and after its end to the closing one. */
    private Reaper reaper;

    public ProgramRunner() {
        // Karaf sets it for each container.
        this(Cgroups.of(Path.of(System.getProperty("karaf.data", System.getProperty("user.dir")))));
    }

    /** @param cgroups of this runner alone */
    ProgramRunner(Cgroups cgroups) {
        this.cgroups = cgroups;
        this.starts = new ProgramStart(cgroups);
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
        submit(new Task(() -> starts.start(run, reaper()), reason -> {
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
        try {
            return starts.obstacles((ProgramWork) spec.work());
        } catch (RefusedException e) {
            return e.steps();
        } catch (PosixException e) {
            return List.of(e.getMessage());
        } catch (LinkageError e) {
            return List.of("the native layer cannot be loaded: " + e + "; put com.sun.jna for this machine beside it");
        }
    }
}
