package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.lares.job.Domain;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.job.Work.BundleWork;
import org.lares.sandbox.ProcStat;
import org.lares.sandbox.RefusedException;
import org.lares.sandbox.closure.Closure;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.EventEndpoint;
import org.lares.xpc.Line;
import org.lares.xpc.host.Order;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs bundles in processes of their own, and is the endpoint at which these check in.
 *
 * <p>A host that no job claims after the container's restart is left alone, and logged: whoever looks for it has time, and
 * a domain that could not be loaded in full shall not cost a run. An orderly end of the container ends it too, as then
 * nothing of a container stays.
 *
 * <p>Threads: {@code lares-hosts} for all that happens, {@code lares-host-work} (at most two, gone when idle) for what may
 * take long: resolving, and looking at what a host has left behind.
 */
public final class HostRunner implements Runner, EventEndpoint, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostRunner.class);
    private static final int WORKERS = 2;
    private static final int WAITING_WORK = 4096;
    private static final long CLOSE_SECONDS = 10;
    private static final int SIGTERM = 15;
    private static final String CLOSING = "the runner of isolated bundles is being stopped";

    private final HostServices services;
    private final ThreadPoolExecutor workers;
    private final Resolver resolver;
    private final ClosureSource source;
    /** Whether the hosts of the former life are known, so that what none of them has may go. */
    private volatile boolean swept;

    private final Map<String, HostRun> hosts = new ConcurrentHashMap<>();

    /**
     * @param programs makes the processes; stays open for as long as this
     * @param configurations those of the container
     */
    public HostRunner(
            Path hosts,
            Path socket,
            Runner programs,
            ClosureSource source,
            JvmFlags flags,
            Configurations configurations) {
        this(
                new HostPlace(hosts, socket, Path.of(System.getProperty("java.home")), JvmCommand.MAIN),
                HostTimes.DEFAULT,
                programs,
                source,
                flags,
                configurations);
    }

    HostRunner(
            HostPlace place,
            HostTimes times,
            Runner programs,
            ClosureSource source,
            JvmFlags flags,
            Configurations configurations) {
        AtomicInteger number = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                WORKERS, WORKERS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_WORK), task -> {
                    Thread thread = new Thread(task, "lares-host-work-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        workers.allowCoreThreadTimeOut(true);
        services = new HostServices(place, times, programs, configurations, flags, new Agenda(), this::work);
        this.source = source;
        resolver = new Resolver(source, () -> hosts.values().stream()
                .flatMap(it -> it.closure().stream())
                .collect(Collectors.toSet()));
        find();
        services.agenda().after(times.again(), this::sweep);
    }

    /** What must be done is done here if all others are busy. */
    private void work(Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Hosts of a former life: whoever checks in now is known before it is adopted. */
    private void find() {
        Path folder = services.place().hosts();
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                find(new HostFolder(entry));
            }
        } catch (IOException e) {
            LOG.error("cannot read {}: {}; hosts of a former container cannot check in", folder, e.toString(), e);
        }
    }

    private void find(HostFolder folder) {
        String id = folder.path().getFileName().toString();
        try {
            Optional<HostState> state = folder.state();
            if (state.isPresent() && state.get().id().equals(id)) {
                hosts.put(id, new HostRun(services, id, folder, state.get(), () -> hosts.remove(id)));
                return;
            }
        } catch (IOException e) {
            LOG.warn("cannot use the state in {}: {}; its host cannot check in", folder.path(), e.toString());
        }
        // Of a start that had not come to the spawn, or of no use.
        HostRun.remove(folder);
    }

    /** Whoever was to be adopted has been. */
    private void sweep() {
        hosts.forEach((id, run) -> {
            if (run.claimed()) {
                return;
            }
            if (run.process().filter(HostRunner::lives).isPresent()) {
                LOG.warn(
                        "the isolated job's process {} lives, but no job knows it; end it by hand, or with the container",
                        run.process().get().pid());
            } else {
                hosts.remove(id);
                HostRun.remove(new HostFolder(services.place().hosts().resolve(id)));
            }
        });
        swept = true;
        submit(this::tidy, reason -> LOG.debug("nothing is tidied up: {}", reason));
    }

    private static boolean lives(ProcessIdentity process) {
        try {
            return process.bootId().equals(Posix.bootId())
                    && ProcStat.of(process.pid())
                            .filter(stat -> stat.startTicks() == process.startTicks() && !stat.dead())
                            .isPresent();
        } catch (IOException e) {
            LOG.warn("cannot find out whether process {} lives: {}", process.pid(), e.getMessage());
            return true;
        }
    }

    // Runner

    @Override
    public boolean runs(Work work) {
        return work instanceof BundleWork bundle && bundle.isolation() == Isolation.PROCESS;
    }

    @Override
    public void prepare(Domain domain, JobSpec spec) {
        submit(
                () -> {
                    try {
                        resolver.of(spec.label(), (BundleWork) spec.work(), digest -> {});
                        tidy();
                    } catch (IOException | RefusedException e) {
                        // Said at the start, or by who asks why there is none.
                        LOG.debug("cannot prepare {}: {}", spec.label(), e.getMessage());
                    }
                },
                reason -> LOG.debug("cannot prepare {}: {}", spec.label(), reason));
    }

    @Override
    public void forget(Label label) {
        submit(
                () -> {
                    resolver.forget(label);
                    tidy();
                },
                reason -> LOG.warn("cannot forget what {} was made of: {}; a restart does", label, reason));
    }

    @Override
    public void start(Launch launch, RunListener listener) {
        String id = launch.run().toString();
        BundleWork work = (BundleWork) launch.spec().work();
        HostFolder folder = new HostFolder(services.place().hosts().resolve(id));
        HostRun run = new HostRun(services, id, folder, null, () -> hosts.remove(id));
        run.claim(launch, listener);
        HostRun before = hosts.putIfAbsent(id, run);
        if (before != null) {
            listener.startFailed(
                    launch.run(), "run " + launch.run() + " exists already; this is an error of the container");
            return;
        }
        Consumer<String> failed = reason -> services.agenda().post(() -> run.failed(reason));
        submit(
                () -> {
                    try {
                        Closure closure = resolver.of(launch.spec().label(), work, run::uses);
                        Optional<Path> data = source.data(launch.spec().label(), work);
                        Start start = Start.of(closure, services, work, folder.path(), data);
                        services.agenda().post(() -> run.spawn(start));
                    } catch (IOException | RefusedException e) {
                        failed.accept(e.getMessage());
                    } catch (RuntimeException | LinkageError e) {
                        LOG.error(
                                "cannot find out what {} needs: {}",
                                launch.spec().label(),
                                e.toString(),
                                e);
                        failed.accept(e + "; see the container's log");
                    }
                },
                failed);
    }

    private void submit(Runnable task, Consumer<String> refused) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            refused.accept(
                    workers.isShutdown()
                            ? CLOSING
                            : WAITING_WORK + " jobs wait to be resolved; try again when they are done");
        }
    }

    /** On a worker. */
    private void tidy() {
        if (swept) {
            try {
                resolver.retain();
            } catch (IOException e) {
                LOG.warn("cannot remove what no isolated job needs any more: {}", e.toString());
            }
        }
    }

    @Override
    public void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
        String id = launch.run().toString();
        HostFolder folder = new HostFolder(services.place().hosts().resolve(id));
        HostRun run =
                hosts.computeIfAbsent(id, unused -> new HostRun(services, id, folder, null, () -> hosts.remove(id)));
        services.agenda().post(() -> {
            if (run.claimed()) {
                listener.startFailed(
                        launch.run(), "run " + launch.run() + " exists already; this is an error of the container");
            } else {
                run.adopt(launch, process, listener);
            }
        });
    }

    @Override
    public Optional<String> signal(RunId id, int signal) {
        HostRun run = hosts.get(id.toString());
        return run == null ? Optional.empty() : run.signal(id, signal);
    }

    @Override
    public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
        if (live.isPresent()) {
            HostRun run = hosts.get(live.get().toString());
            if (run == null) {
                return List.of();
            }
            List<String> steps = new ArrayList<>(services.programs().diagnose(spec, live));
            steps.addAll(run.obstacles());
            return steps;
        }
        try {
            return source.of((BundleWork) spec.work()).unsatisfied();
        } catch (RefusedException e) {
            return e.steps();
        } catch (IOException e) {
            return List.of(e.getMessage());
        }
    }

    /** Whether the run is or was to be a host of ours. Any thread. */
    public boolean knows(RunId run) {
        return hosts.containsKey(run.toString());
    }

    /** Configurations of the container have changed. Any thread. */
    public void configured(Set<String> pids) {
        services.agenda().post(() -> hosts.values().forEach(run -> run.configured(pids)));
    }

    // EventEndpoint

    @Override
    public String name() {
        return Order.ENDPOINT;
    }

    @Override
    public Session open(Line line) throws IOException {
        if (line.peer().uid() != Posix.uid()) {
            throw new IOException("only processes of the container's own user check in here");
        }
        return new HostSession(line, services.agenda(), services.times(), id -> Optional.ofNullable(hosts.get(id)));
    }

    /**
     * Hosts go on and can be adopted by another runner, except those that no job knows. Starts that still wait are not
     * made: their listener hears that they failed. To be called when no more processes are reported.
     */
    @Override
    public void close() {
        services.agenda().post(() -> hosts.values().forEach(this::leave));
        services.agenda().close();
        workers.shutdown();
        try {
            if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("resolving what isolated jobs need does not end; it is left alone");
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            workers.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void leave(HostRun run) {
        if (run.claimed()) {
            run.leave(CLOSING);
            return;
        }
        Optional<ProcessIdentity> process = run.process().filter(HostRunner::lives);
        if (process.isPresent() && !run.dismiss()) {
            try {
                Optional<Pidfd> held = Pidfd.open(process.get().pid());
                if (held.isPresent()) {
                    try (Pidfd pidfd = held.get()) {
                        if (lives(process.get())) {
                            pidfd.signal(SIGTERM);
                        }
                    }
                }
            } catch (PosixException e) {
                LOG.warn("cannot end process {}: {}", process.get().pid(), e.getMessage());
            }
        }
    }
}
