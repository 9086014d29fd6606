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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lares.job.Domain;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Remark;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.job.Work.BundleWork;
import org.lares.sandbox.ProgramRunner;
import org.lares.sandbox.RefusedException;
import org.lares.sandbox.closure.Closure;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.EventEndpoint;
import org.lares.xpc.Line;
import org.lares.xpc.host.Order;
import org.lares.xpc.posix.Posix;
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
public final class HostRunner implements Runner, HostRun.Owner, EventEndpoint, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostRunner.class);
    private static final int WORKERS = 2;
    private static final int WAITING_WORK = 4096;
    private static final long CLOSE_SECONDS = 10;
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;
    private static final Pattern ID = Pattern.compile("[1-9][0-9]{0,18}");

    /** Their numbers lie above all that runs ever have; by chance, as those of a former life may still be there. */
    private static final long FIRST_SPARE = 1L << 62;

    private static final long SPARES = 1L << 48;
    private static final String CLOSING = "the runner of isolated bundles is being stopped";

    private final HostServices services;
    private final ThreadPoolExecutor workers;
    private final Resolver resolver;
    private final ClosureSource source;
    /** Whether the hosts of the former life are known, so that what none of them has may go. */
    private volatile boolean swept;

    /** By their own ids. */
    private final Map<String, HostRun> hosts = new ConcurrentHashMap<>();
    /** Those of runs, by these. */
    private final Map<RunId, HostRun> runs = new ConcurrentHashMap<>();
    /** Of what the jobs are made that are loaded, as far as is known. */
    private final Map<Label, Made> made = new ConcurrentHashMap<>();

    private final Spares spares;

    private record Made(Closure closure, JvmFlags.Jvm jvm) {}

    /**
     * @param programs makes the processes; stays open for as long as this
     * @param configurations those of the container
     */
    public HostRunner(
            Path hosts,
            Path socket,
            ProgramRunner programs,
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
            ProgramRunner programs,
            ClosureSource source,
            JvmFlags flags,
            Configurations configurations) {
        this(place, times, SpareTimes.DEFAULT, programs, source, flags, configurations);
    }

    HostRunner(
            HostPlace place,
            HostTimes times,
            SpareTimes spareTimes,
            ProgramRunner programs,
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
        spares = new Spares(services.agenda(), spareTimes, this::spare, () -> runs.values().stream()
                .anyMatch(HostRun::starting));
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
            if (state.isPresent()
                    && state.get().id().equals(id)
                    && ID.matcher(id).matches()) {
                if (state.get().run().isPresent()) {
                    RunId run = RunId.of(Long.parseLong(state.get().run().get()));
                    HostRun host = new HostRun(services, id, folder, state.get(), this);
                    hosts.put(id, host);
                    runs.put(run, host);
                    return;
                }
                // A spare ends with its container; one that has not yet is of no use to another.
                state.get().process().ifPresent(it -> Processes.signal(it, SIGKILL));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("cannot use the state in {}: {}; its host cannot check in", folder.path(), e.toString());
        }
        // Of a start that had not come to the spawn, or of no use.
        HostRecord.remove(folder);
    }

    @Override
    public void settled(HostRun host) {
        spares.disturbed();
    }

    @Override
    public void over(HostRun host) {
        hosts.remove(host.id());
        runs.values().remove(host);
        services.agenda().post(spares::disturbed);
    }

    /** Whoever was to be adopted has been. */
    private void sweep() {
        hosts.forEach((id, run) -> {
            if (run.claimed()) {
                return;
            }
            if (run.process().filter(Processes::lives).isPresent()) {
                LOG.warn(
                        "the isolated job's process {} lives, but no job knows it; end it by hand, or with the container",
                        run.process().get().pid());
            } else {
                hosts.remove(id);
                runs.values().remove(run);
                HostRecord.remove(folder(id));
            }
        });
        swept = true;
        submit(this::tidy, reason -> LOG.debug("nothing is tidied up: {}", reason));
    }

    private HostFolder folder(String id) {
        return new HostFolder(services.place().hosts().resolve(id));
    }

    // Runner

    @Override
    public boolean runs(Work work) {
        return work instanceof BundleWork bundle && bundle.isolation() == Isolation.PROCESS;
    }

    @Override
    public void prepare(Domain domain, JobSpec spec) {
        services.agenda().post(() -> spares.prepare(domain, spec));
        submit(
                () -> {
                    try {
                        BundleWork work = (BundleWork) spec.work();
                        Object stamp = stamp(spec);
                        Closure closure = resolver.of(spec.label(), work, digest -> {});
                        made.put(
                                spec.label(),
                                new Made(
                                        closure,
                                        Start.jvm(
                                                closure,
                                                services,
                                                work,
                                                services.place().hosts())));
                        services.agenda().post(() -> spares.made(spec.label(), stamp, closure.digest()));
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
        services.agenda().post(() -> spares.forget(label));
        submit(
                () -> {
                    resolver.forget(label);
                    made.remove(label);
                    tidy();
                },
                reason -> LOG.warn("cannot forget what {} was made of: {}; a restart does", label, reason));
    }

    @Override
    public int spares(Label label) {
        return spares.ready(label);
    }

    @Override
    public List<String> facts(Label label) {
        Made of = made.get(label);
        if (of == null) {
            return spares.facts(label);
        }
        List<String> facts = new ArrayList<>();
        facts.add(of.closure()
                .plainReason()
                .map(it -> "plain framework, since " + it)
                .orElse("OSGi Connect"));
        services.flags().note(of.jvm()).ifPresent(it -> facts.add("class archive: " + it));
        facts.addAll(of.closure().unsatisfied());
        runs.values().stream().filter(it -> it.isOf(label)).findFirst().ifPresent(run -> {
            if (!run.checkedIn()) {
                facts.add("its process has not checked in");
            }
            services.programs().where(run.program()).ifPresent(facts::add);
        });
        facts.addAll(spares.facts(label));
        return facts;
    }

    @Override
    public void start(Launch launch, RunListener listener) {
        String id = launch.run().toString();
        HostRun run = new HostRun(services, id, folder(id), null, this);
        run.claim(launch, listener);
        if (runs.putIfAbsent(launch.run(), run) != null) {
            listener.startFailed(
                    launch.run(), "run " + launch.run() + " exists already; this is an error of the container");
            return;
        }
        hosts.put(id, run);
        services.agenda().post(spares::disturbed);
        BundleWork work = (BundleWork) launch.spec().work();
        if (work.host().warmInstances() == 0) {
            make(run, launch.spec(), stamp -> {});
            return;
        }
        Consumer<String> failed = reason -> services.agenda().post(() -> run.failed(reason));
        submit(
                () -> {
                    Object stamp = stamp(launch.spec());
                    services.agenda().post(() -> startOrTake(launch, run, stamp, failed));
                },
                failed);
    }

    /** On the agenda's thread. */
    private void startOrTake(Launch launch, HostRun run, Object stamp, Consumer<String> failed) {
        if (run.over() || take(launch, run, stamp)) {
            return;
        }
        Label label = launch.spec().label();
        if (!spares.doubtful(label, stamp)) {
            make(run, launch.spec(), unused -> {});
            return;
        }
        submit(
                () -> {
                    try {
                        Closure closure =
                                resolver.of(label, (BundleWork) launch.spec().work(), run::uses);
                        services.agenda().post(() -> {
                            spares.made(label, stamp, closure.digest());
                            if (!run.over() && !take(launch, run, stamp)) {
                                make(run, launch.spec(), unused -> {});
                            }
                        });
                    } catch (IOException | RefusedException e) {
                        failed.accept(e.getMessage());
                    }
                },
                failed);
    }

    private boolean take(Launch launch, HostRun run, Object stamp) {
        Optional<HostRun> spare = spares.take(launch, run, stamp);
        spare.ifPresent(it -> {
            hosts.remove(run.id());
            runs.put(launch.run(), it);
        });
        return spare.isPresent();
    }

    /** On a worker. One that cannot be had is like no other. */
    private Object stamp(JobSpec spec) {
        try {
            return source.stamp((BundleWork) spec.work());
        } catch (IOException e) {
            LOG.debug("cannot look at what {} is made of: {}", spec.label(), e.getMessage());
            return new Object();
        }
    }

    /** On the agenda's thread. */
    private Spares.Spare spare(Domain domain, JobSpec spec, RunListener listener) {
        RunId number = freeNumber();
        String id = number.toString();
        HostRun run = new HostRun(services, id, folder(id), null, this);
        run.claimAsSpare(new Launch(domain, spec, number, folder(id).log()), listener);
        hosts.put(id, run);
        Spares.Spare spare = new Spares.Spare(run);
        make(run, spec, spare::stamp);
        return spare;
    }

    private RunId freeNumber() {
        RunId number;
        do {
            number = RunId.of(FIRST_SPARE + ThreadLocalRandom.current().nextLong(SPARES));
        } while (hosts.containsKey(number.toString()));
        return number;
    }

    /** @param stamped told, on a worker, of what it is made */
    private void make(HostRun run, JobSpec spec, Consumer<Object> stamped) {
        Consumer<String> failed = reason -> services.agenda().post(() -> run.failed(reason));
        BundleWork work = (BundleWork) spec.work();
        submit(
                () -> {
                    try {
                        // Before: what changes meanwhile makes it another.
                        Object stamp = work.host().warmInstances() == 0 ? "" : stamp(spec);
                        stamped.accept(stamp);
                        Closure closure = resolver.of(spec.label(), work, run::uses);
                        Optional<Path> data = source.data(spec.label(), work);
                        Start start = Start.of(
                                closure, services, work, folder(run.id()).path(), data);
                        made.put(spec.label(), new Made(closure, start.jvm()));
                        services.agenda().post(() -> run.spawn(start));
                    } catch (IOException | RefusedException e) {
                        failed.accept(e.getMessage());
                    } catch (RuntimeException | LinkageError e) {
                        LOG.error("cannot find out what {} needs: {}", spec.label(), e.toString(), e);
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
        HostRun run = runs.computeIfAbsent(launch.run(), unused -> {
            String id = launch.run().toString();
            HostRun unknown = new HostRun(services, id, folder(id), null, this);
            hosts.put(id, unknown);
            return unknown;
        });
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
        HostRun run = runs.get(id);
        return run == null ? Optional.empty() : run.signal(signal);
    }

    @Override
    public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
        if (live.isPresent()) {
            HostRun run = runs.get(live.get());
            if (run == null) {
                return List.of();
            }
            List<String> steps = new ArrayList<>(services.programs().diagnose(spec, Optional.of(run.program())));
            steps.addAll(run.obstacles());
            return steps;
        }
        try {
            return resolver.look((BundleWork) spec.work()).unsatisfied();
        } catch (RefusedException e) {
            return e.steps();
        } catch (IOException e) {
            return List.of(e.getMessage());
        }
    }

    @Override
    public List<Remark> verify(JobSpec spec) {
        try {
            return resolver.look((BundleWork) spec.work()).unsatisfied().stream()
                    .map(it -> remark(Remark.Severity.NOTE, spec, it))
                    .toList();
        } catch (RefusedException | IOException e) {
            return List.of(remark(Remark.Severity.ERROR, spec, "no process can be made for it: " + e.getMessage()));
        }
    }

    private static Remark remark(Remark.Severity severity, JobSpec spec, String text) {
        return new Remark(severity, spec.origin().text(), 0, "Isolation", text, "");
    }

    /** Whether the run is or was to be a host of ours. Any thread. */
    public boolean knows(RunId run) {
        return runs.containsKey(run);
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
        services.agenda().post(() -> {
            spares.close();
            hosts.values().forEach(this::leave);
        });
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
        Optional<ProcessIdentity> process = run.process().filter(Processes::lives);
        if (process.isPresent() && !run.dismiss()) {
            Processes.signal(process.get(), SIGTERM);
        }
    }
}
