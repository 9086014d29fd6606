package org.lares.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lares.job.Domain;
import org.lares.job.JobControl;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Verification;
import org.lares.job.Work;
import org.lares.supervisor.container.BundleJobs;
import org.lares.supervisor.container.BundleRunner;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.definition.Definitions;
import org.lares.supervisor.definition.Surroundings;
import org.lares.supervisor.loop.DomainLoop;
import org.lares.supervisor.loop.Explainer;
import org.lares.supervisor.loop.LocalJobControl;
import org.lares.supervisor.loop.SystemClock;
import org.lares.supervisor.runner.Runner;
import org.lares.supervisor.store.Logs;
import org.lares.supervisor.store.NamedLists;
import org.lares.supervisor.store.Store;
import org.lares.supervisor.store.StoreException;
import org.lares.xpc.Door;
import org.lares.xpc.Endpoint;
import org.lares.xpc.EventEndpoint;
import org.lares.xpc.SocketPlace;
import org.lares.xpc.posix.Posix;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The supervisor of this container's domain: opens the store, starts the loop, finds definitions, listens at the door, and
 * takes all of it down again in order.
 */
@Component(service = {})
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"org.lares.job.JobControl\"",
        effective = "active")
public final class Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final String BOOT_FINISHED = "org.apache.karaf.features.BootFinished";

    /** Beyond the longest ExitTimeOut: for force, for what follows it, and for writing it down. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(15);

    /** For a job whose ExitTimeOut is 0, which launchd would wait for without end. */
    private static final Duration LONGEST_STOP = Duration.ofMinutes(5);

    private final BundleContext context;
    private final Readiness readiness;
    private final List<Runner> runners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> booted = new CompletableFuture<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final DomainLoop loop;
    private final Path handover;
    private final AtomicBoolean stopping = new AtomicBoolean();

    /**
     * @param programs a static reference: should its bundle stop, this component is taken down first, while programs can
     *     still be ended in order
     * @param configurations static too, and required: no job is loaded before it is known what the administrator says
     *     about where it runs
     * @throws IOException or {@link StoreException} if the supervisor cannot begin; the launcher is told why
     */
    @Activate
    public Supervisor(BundleContext context, @Reference Runner programs, @Reference ConfigurationAdmin configurations)
            throws Exception {
        this.context = context;
        runners.add(programs);
        handover = Path.of(context.getProperty("karaf.data")).resolve("lares").resolve("handover");
        readiness = new Readiness(context.getProperty("org.lares.ready"));
        // A shell that restarts us was interrupted when our door closed; its interrupt would close every file we read.
        boolean interrupted = Thread.interrupted();
        try {
            loop = open(configurations);
        } catch (IOException | StoreException e) {
            closeOpened();
            readiness.failed("cannot start the supervisor: " + e.getMessage());
            throw e;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private DomainLoop open(ConfigurationAdmin configurations) throws IOException, StoreException {
        Domain domain = Domain.of(
                Optional.ofNullable(context.getProperty("org.lares.domain")).orElse("system"));
        Path base = Path.of(context.getProperty("karaf.base"));
        Path data = Path.of(context.getProperty("karaf.data")).resolve("lares");
        Path etc = Path.of(context.getProperty("karaf.etc"));
        Path daemons = etc.resolve("launchd").resolve("daemons");
        Files.createDirectories(data);
        // Of a container that died before it could heed it.
        Files.deleteIfExists(handover);

        Store store = opened(Store.open(data.resolve("store")));
        store.warnings().forEach(LOG::warn);
        Logs logs = opened(Logs.open(data.resolve("log")));
        logs.warnings().forEach(LOG::warn);
        SystemClock clock = new SystemClock();
        DomainLoop domainLoop = opened(new DomainLoop(domain, clock, store, logs, this::runnerOf));
        BundleRunner bundles = opened(new BundleRunner(context));
        runners.add(bundles);
        Overlays overlays = opened(new Overlays(context, configurations, etc));
        Definitions definitions = new Definitions(Surroundings.ofThisProcess(), overlays::of);
        NamedLists named =
                NamedLists.open(data.resolve("bootstrapped"), clock.get().bootId());
        Sources sources = new Sources(context, domainLoop, definitions, overlays, () -> stopForGood(named));
        domainLoop.start();
        BundleJobs bundleJobs = opened(new BundleJobs(context, sources));
        bundleJobs.open();
        overlays.tell((label, known) -> sources.overlaid(label, known).ifPresent(bundleJobs::lookAgain));

        Explainer explainer = new Explainer(this::runnerOf, label -> lastLog(logs, label));
        JobControl control = new LocalJobControl(
                domainLoop,
                store,
                logs,
                definitions,
                () -> rejected(sources, overlays),
                explainer,
                named,
                this::runnerOf,
                overlays::loads);
        ServiceRegistration<JobControl> registration = context.registerService(
                JobControl.class, control, new Hashtable<>(Map.of("org.lares.domain", domain.name())));
        opened(registration::unregister);
        ServiceTracker<Endpoint, Endpoint> endpoints = tracked(Endpoint.class);
        ServiceTracker<EventEndpoint, EventEndpoint> events = tracked(EventEndpoint.class);
        opened(Door.open(
                SocketPlace.of(base),
                Posix.uid() == 0,
                name -> named(endpoints, name, Endpoint::name),
                name -> named(events, name, EventEndpoint::name)));

        awaitBoot();
        sources.load(daemons)
                .thenCompose(unused -> sources.restore(named.all()))
                .thenCombine(booted, (loaded, unused) -> control.list().size())
                .thenAccept(jobs -> readiness.ready(jobs + (jobs == 1 ? " job" : " jobs") + " loaded"
                        + (sources.rejected().isEmpty()
                                ? ""
                                : ", " + sources.rejected().size() + " refused (see the log)")));
        return domainLoop;
    }

    @Deactivate
    void close() {
        stopRuns();
        closeOpened();
    }

    /** With the container ends what was bootstrapped, unless something of it may still run. */
    private void stopForGood(NamedLists named) {
        if (stopRuns()) {
            try {
                named.clear();
            } catch (IOException e) {
                LOG.error("cannot forget what was bootstrapped: {}; the next container loads it again", e.toString());
            }
        }
    }

    /**
     * Ends all runs and waits for it, bounded. Once: when the framework begins to stop, or with this component. At a
     * handover only those in the container.
     *
     * @return whether this call has ended them all
     */
    private boolean stopRuns() {
        if (!stopping.compareAndSet(false, true)) {
            return false;
        }
        Duration longest = loop.statuses().stream()
                .map(status -> status.spec().policy().exitTimeOut())
                .map(timeOut -> timeOut.isZero() ? LONGEST_STOP : timeOut)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO)
                .plus(STOP_MARGIN);
        try {
            boolean handover = handover();
            loop.request(id -> new DomainEvent.ShutdownAll(id, handover))
                    .toCompletableFuture()
                    .get(longest.toMillis(), TimeUnit.MILLISECONDS);
            return !handover;
        } catch (TimeoutException e) {
            LOG.error(
                    "cannot end all jobs within {} s: {} left; they are left behind",
                    longest.toSeconds(),
                    loop.statuses().stream()
                            .filter(status -> status.state().live())
                            .map(JobStatus::target)
                            .toList());
        } catch (ExecutionException e) {
            LOG.error("cannot end all jobs: {}", e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** Whether the launcher, by a file, has asked for processes to go on (lares-container handover). It counts once. */
    private boolean handover() {
        try {
            return Files.deleteIfExists(handover);
        } catch (IOException e) {
            LOG.error("cannot see whether processes are to go on: {}; they are ended", e.toString());
            return false;
        }
    }

    private Optional<Runner> runnerOf(Work work) {
        return runners.stream().filter(runner -> runner.runs(work)).findFirst();
    }

    private static List<Verification> rejected(Sources sources, Overlays overlays) {
        return Stream.concat(sources.rejected().stream(), overlays.rejected().stream())
                .toList();
    }

    private <T> ServiceTracker<T, T> tracked(Class<T> type) {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        opened(tracker::close);
        return tracker;
    }

    private static <T> Optional<T> named(ServiceTracker<T, T> services, String name, Function<T, String> nameOf) {
        return services.getTracked().values().stream()
                .filter(service -> nameOf.apply(service).equals(name))
                .findFirst();
    }

    private static String lastLog(Logs logs, Label label) {
        try {
            List<Path> files = logs.of(label);
            return files.isEmpty() ? "none yet" : files.get(files.size() - 1).toString();
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }

    /** Karaf tells by a service that the features of the boot are in place; by name, so as not to need Karaf. */
    private void awaitBoot() {
        ServiceTracker<Object, Object> tracker = new ServiceTracker<>(context, BOOT_FINISHED, null) {
            @Override
            public Object addingService(ServiceReference<Object> reference) {
                booted.complete(null);
                return reference;
            }
        };
        tracker.open();
        opened(tracker::close);
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    /** To the end, also when it closes the door through which this thread's own caller came and so is interrupted. */
    private void closeOpened() {
        boolean interrupted = false;
        while (!opened.isEmpty()) {
            interrupted |= Thread.interrupted();
            try {
                opened.pop().close();
            } catch (Exception e) {
                LOG.error("cannot close a part of the supervisor: {}", e.toString(), e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
