package org.lares.supervisor.container;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.lares.host.run.Components;
import org.lares.host.run.MainService;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.supervisor.woven.JobCalls;
import org.lares.supervisor.woven.RunHooks;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.hooks.service.EventListenerHook;
import org.osgi.framework.hooks.service.FindHook;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs bundles in the container. A job's bundle stays ACTIVE; a run is gated:
 *
 * <ul>
 *   <li>Components annotated with {@code @LaunchDaemon} or {@code @JobComponent} have the run as their satisfying
 *       condition (Declarative Services 1.5, 112.3.13). It is registered on the job's own thread, where SCR then
 *       activates them, visible to that bundle alone, and withdrawn to deactivate them. Component enablement would not do:
 *       SCR enables asynchronously, on a thread of its own, and has enabled a bundle's components before anybody could
 *       object. Hiding the framework's own condition would not do either: SCR takes it as a constant.
 *   <li>The activator is woven: the framework's calls return at once, the real ones are made by the run.
 * </ul>
 *
 * So it does not matter who starts and stops bundles around it (Karaf's features service does as it likes).
 */
public final class BundleRunner implements Runner, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BundleRunner.class);
    private static final int QUIT = 3;
    private static final int KILL = 9;

    private final BundleContext context;
    private final Obstacles obstacles;
    private final ContainerRun.Surroundings surroundings;
    private final ScheduledThreadPoolExecutor timer;
    private final JobCalls calls = new Calls();
    private final List<ServiceRegistration<?>> hooks = new ArrayList<>();
    private final ServiceListener mains = (AllServiceListener)
            event -> mainChanged(event.getServiceReference().getBundle());
    private final ServiceListener componentChanges = event -> componentsChanged();
    /** The last run of each bundle; ended ones stay until the next, for what of them may still hang. */
    private final Map<Long, ContainerRun> runs = new ConcurrentHashMap<>();

    private final Map<Label, JobGroup> groups = new ConcurrentHashMap<>();
    private final Optional<LogEntries> logs;

    /** Takes effect at once: job bundles that are started from now on are gated. */
    public BundleRunner(BundleContext context) {
        this(context, Limits.DEFAULT);
    }

    BundleRunner(BundleContext context, Limits limits) {
        this.context = context;
        this.obstacles = new Obstacles(context);
        this.timer = new ScheduledThreadPoolExecutor(1, body -> {
            Thread thread = new Thread(body, "lares bundle timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        this.surroundings = new ContainerRun.Surroundings(context, timer, new Components(context), limits);
        RunHooks.install(calls);
        RunVisibility gate = new RunVisibility(context.getBundle().getBundleId());
        hooks.add(context.registerService(
                new String[] {FindHook.class.getName(), EventListenerHook.class.getName()}, gate, null));
        hooks.add(context.registerService(
                WeavingHook.class, new JobWeaver(context.getBundle().getSymbolicName()), null));
        // A hook, not a listener: it is asked before SCR hears of the stop and deactivates on the thread that stops.
        hooks.add(context.registerService(EventHook.class, (event, contexts) -> bundleChanged(event), null));
        logs = copyLogs();
        listen(mains, MainService.FILTER);
        listen(componentChanges, "(" + Constants.OBJECTCLASS + "=" + ServiceComponentRuntime.class.getName() + ")");
    }

    /** Empty where the container has no log service. */
    private Optional<LogEntries> copyLogs() {
        try {
            return Optional.of(new LogEntries(context, bundle -> {
                ContainerRun run = runs.get(bundle);
                return run == null ? null : run.log();
            }));
        } catch (NoClassDefFoundError e) {
            LOG.info("no log service in this container: the logs of bundle jobs tell of their runs only");
            return Optional.empty();
        }
    }

    private void listen(ServiceListener listener, String filter) {
        try {
            context.addServiceListener(listener, filter);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(filter, e);
        }
    }

    @Override
    public boolean runs(Work work) {
        return work instanceof Work.BundleWork bundle && bundle.isolation() == Isolation.CONTAINER;
    }

    @Override
    public void start(Launch launch, RunListener listener) {
        long id = ((Work.BundleWork) launch.spec().work()).bundleId().orElseThrow();
        Bundle bundle = context.getBundle(id);
        Optional<String> obstacle =
                bundle == null ? Optional.of("bundle " + id + " is not installed; install it") : obstacle(bundle);
        if (obstacle.isPresent()) {
            listener.startFailed(launch.run(), obstacle.get());
            return;
        }
        JobGroup group = groups.computeIfAbsent(launch.spec().label(), label -> new JobGroup("job " + label));
        ContainerRun run = new ContainerRun(launch, listener, bundle, RunHooks.deferred(id), group, surroundings);
        runs.put(id, run);
        run.start();
    }

    private Optional<String> obstacle(Bundle bundle) {
        Optional<String> inactive = obstacles.of(bundle);
        if (inactive.isPresent()) {
            return inactive.map(reason -> reason + "; bundle:start " + bundle.getBundleId());
        }
        if (bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATOR) != null
                && RunHooks.deferred(bundle.getBundleId()).isEmpty()) {
            return Optional.of(Obstacles.name(bundle)
                    + " was started before the supervisor, so that its activator is not gated; bundle:refresh "
                    + bundle.getBundleId());
        }
        ContainerRun last = runs.get(bundle.getBundleId());
        if (last != null && (last.live() || last.busy())) {
            return Optional.of("run " + last.id() + " still hangs in the bundle's code; see its stack in history, and"
                    + " restart the container to be rid of it\n"
                    + last.threads().ownStacks());
        }
        return Optional.empty();
    }

    @Override
    public void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
        listener.started(launch.run(), Optional.empty());
        listener.ended(
                launch.run(), RunEnd.of(Cause.LOST, "the run was inside a container that has ended"), Optional.empty());
    }

    @Override
    public Optional<String> signal(RunId id, int signal) {
        Optional<ContainerRun> found =
                runs.values().stream().filter(run -> run.id().equals(id)).findFirst();
        if (found.isEmpty() || !found.get().live()) {
            return Optional.empty();
        }
        ContainerRun run = found.get();
        switch (signal) {
            case END, 1, 2, 15 -> run.stop();
            case QUIT -> timer.execute(run::dumpStacks);
            case KILL -> run.force();
            default -> {
                return Optional.of(
                        "signal " + signal + " means nothing to a bundle in the container; use TERM, INT, HUP"
                                + " (asked to end), QUIT (stacks to the log) or KILL");
            }
        }
        return Optional.empty();
    }

    @Override
    public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
        long id = ((Work.BundleWork) spec.work()).bundleId().orElseThrow();
        Bundle bundle = context.getBundle(id);
        if (bundle == null) {
            return List.of("bundle " + id + " is not installed");
        }
        List<String> chain = new ArrayList<>();
        Optional<ContainerRun> run =
                live.flatMap(wanted -> live(id).filter(one -> one.id().equals(wanted)));
        if (run.isPresent()) {
            run.get().hangsIn().ifPresent(chain::add);
            if (chain.isEmpty()) {
                chain.addAll(surroundings.components().unsatisfied(bundle));
            }
        } else if (bundle.getState() == Bundle.ACTIVE) {
            obstacle(bundle).ifPresent(chain::add);
        } else {
            obstacles.of(bundle).ifPresent(chain::add);
            if (bundle.getState() == Bundle.INSTALLED) {
                chain.addAll(obstacles.unmet(bundle));
            }
        }
        return chain;
    }

    private Optional<ContainerRun> live(long bundle) {
        return Optional.ofNullable(runs.get(bundle)).filter(ContainerRun::live);
    }

    /** On the thread that stops the bundle, before the bundle's context becomes invalid. */
    private void bundleChanged(BundleEvent event) {
        long id = event.getBundle().getBundleId();
        if (event.getType() == BundleEvent.STOPPING) {
            live(id).ifPresent(this::bundleStops);
        } else if (event.getType() == BundleEvent.UNINSTALLED) {
            runs.remove(id);
        }
    }

    private void bundleStops(ContainerRun run) {
        run.end(RunEnd.of(Cause.BUNDLE_STOPPED, "the bundle was stopped, updated, refreshed or uninstalled"));
        awaitEnd(run);
    }

    /** Bounded. Not at all if the caller is one of the run's threads: it would wait for itself. */
    private void awaitEnd(ContainerRun run) {
        if (!run.threads().isOne(Thread.currentThread())
                && !run.await(surroundings.limits().handStop())) {
            run.force();
            run.await(surroundings.limits().force().multipliedBy(2));
        }
    }

    private void mainChanged(Bundle bundle) {
        if (bundle != null) {
            live(bundle.getBundleId()).ifPresent(ContainerRun::servicesChanged);
        }
    }

    private void componentsChanged() {
        for (ContainerRun run : runs.values()) {
            if (run.live() && !run.activating()) {
                surroundings
                        .components()
                        .failure(run.bundle())
                        .ifPresent(failure -> run.end(RunEnd.of(Cause.ACTIVATION_FAILED, failure)));
            }
        }
    }

    /** Ends all runs, each bounded as by a stop of its bundle, and takes the gate away. */
    @Override
    public void close() {
        List<ContainerRun> left =
                runs.values().stream().filter(ContainerRun::live).toList();
        left.forEach(ContainerRun::stop);
        left.forEach(this::awaitEnd);
        context.removeServiceListener(mains);
        context.removeServiceListener(componentChanges);
        logs.ifPresent(LogEntries::close);
        hooks.forEach(ServiceRegistration::unregister);
        RunHooks.uninstall(calls);
        timer.shutdownNow();
    }

    /** What the woven code of job bundles says. */
    private final class Calls implements JobCalls {
        @Override
        public void exit(long bundle, int status) {
            live(bundle).ifPresent(run -> run.exit(status));
        }

        @Override
        public void starting(long bundle, Thread thread) {
            live(bundle).ifPresent(run -> run.threads().starting(thread));
        }

        @Override
        public void made(long bundle, Thread thread) {
            live(bundle).ifPresent(run -> run.threads().made(thread));
        }

        @Override
        public Optional<ExecutorNotes> executor(long bundle) {
            return live(bundle).map(ContainerRun::executor);
        }

        @Override
        public void unattributed(long bundle, String what) {
            live(bundle).ifPresent(run -> run.unattributed(what));
        }
    }
}
