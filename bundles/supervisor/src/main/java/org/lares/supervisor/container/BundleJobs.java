package org.lares.supervisor.container;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.lares.job.annotations.JobComponent;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Watches the bundles of the container that carry the capability {@code org.lares.job}, from their installation on, and
 * tells what of it matters to their jobs: the definition, and what keeps a run from being started.
 *
 * <p>A bundle that is updated in place, or refreshed, stays the same job: it is obstructed while it is down. Only
 * uninstalling it makes the job go.
 */
public final class BundleJobs implements AutoCloseable {

    /**
     * Who wants to know. Called on the threads that change bundles, which wait meanwhile, and one call at a time; must not
     * block and not change bundles.
     */
    public interface Listener {

        /**
         * A bundle with a definition is there; followed by {@link #obstacle}, also when there is none.
         *
         * @param attributes of its capability
         */
        void appeared(Bundle bundle, Map<String, Object> attributes);

        /** It was updated and has a definition now that may be another. */
        void changed(Bundle bundle, Map<String, Object> attributes);

        /** Whether the job of a bundle that has appeared runs in this container. Else what is wrong with it here is none. */
        boolean runsHere(Bundle bundle);

        /** What keeps its job from being started; empty if nothing does. Told at every change, perhaps without one. */
        void obstacle(Bundle bundle, Optional<String> reason);

        /**
         * It was stopped for good by somebody, or updated, or refreshed; told after the obstacle of it. Not when it is
         * stopped for another reason, such as a start level, which does not matter to a run in a process of its own.
         */
        void taken(Bundle bundle);

        /** It was uninstalled, or updated to something that is no job. */
        void gone(Bundle bundle);

        /** The framework shuts down: all that stops from now on stops for that reason. Nothing is told after it. */
        void frameworkStopping();
    }

    private static final Set<Integer> CHANGES_RESOLUTION = Set.of(
            BundleEvent.INSTALLED,
            BundleEvent.UNINSTALLED,
            BundleEvent.UPDATED,
            BundleEvent.RESOLVED,
            BundleEvent.UNRESOLVED);

    /** Before the runner's hook: else the end of the run is told before its reason, and a start in vain follows. */
    private static final Map<String, Object> FIRST = Map.of(Constants.SERVICE_RANKING, Integer.MAX_VALUE);

    /** How often bundles are looked at of which the framework would not tell. */
    private static final long MARKS_SECONDS = 2;

    private final BundleContext context;
    private final Listener listener;
    private final Obstacles obstacles;
    private final SynchronousBundleListener bundles = this::bundleChanged;
    private final FrameworkListener framework = this::frameworkChanged;
    private Optional<ServiceRegistration<EventHook>> stops = Optional.empty();
    /** Known jobs with their attributes; under the lock of this object, as are all calls of the listener. */
    private final Map<Bundle, Map<String, Object>> known = new LinkedHashMap<>();

    /** Of the known those that are marked to be started; under the lock of this object. */
    private final Set<Bundle> marked = new HashSet<>();

    private final ScheduledThreadPoolExecutor timer;
    private boolean looking;
    private boolean stopping;

    public BundleJobs(BundleContext context, Listener listener) {
        this.context = context;
        this.listener = listener;
        this.obstacles = new Obstacles(context);
        this.timer = new ScheduledThreadPoolExecutor(1, body -> {
            Thread thread = new Thread(body, "lares bundle marks");
            thread.setDaemon(true);
            return thread;
        });
        timer.setKeepAliveTime(MARKS_SECONDS * 2, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
    }

    /** Tells what is there and goes on to tell what changes. */
    public void open() {
        synchronized (this) {
            stops = Optional.of(context.registerService(
                    EventHook.class, (event, contexts) -> bundleStops(event), FrameworkUtil.asDictionary(FIRST)));
            context.addBundleListener(bundles);
            context.addFrameworkListener(framework);
            for (Bundle bundle : context.getBundles()) {
                look(bundle);
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            timer.shutdownNow();
            stops.ifPresent(ServiceRegistration::unregister);
            stops = Optional.empty();
        }
        context.removeBundleListener(bundles);
        context.removeFrameworkListener(framework);
    }

    private void bundleStops(BundleEvent event) {
        if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() != 0) {
            bundleChanged(event);
        }
    }

    private void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        synchronized (this) {
            if (stopping) {
                return;
            }
            if (bundle.getBundleId() == 0) {
                if (event.getType() == BundleEvent.STOPPING) {
                    stopping = true;
                    listener.frameworkStopping();
                }
                return;
            }
            switch (event.getType()) {
                case BundleEvent.UNINSTALLED -> forget(bundle);
                case BundleEvent.UPDATED -> {
                    attributes(bundle)
                            .filter(now -> !now.equals(known.get(bundle)))
                            .ifPresent(now -> {
                                boolean isNew = known.put(bundle, now) == null;
                                if (isNew) {
                                    listener.appeared(bundle, now);
                                } else {
                                    listener.changed(bundle, now);
                                }
                            });
                    look(bundle);
                }
                default -> look(bundle);
            }
            boolean renewed = event.getType() == BundleEvent.UPDATED || event.getType() == BundleEvent.UNRESOLVED;
            if (renewed && known.containsKey(bundle) && bundle.getState() != Bundle.UNINSTALLED) {
                listener.taken(bundle);
            }
            if (CHANGES_RESOLUTION.contains(event.getType())) {
                known.keySet().stream()
                        .filter(other -> other.getState() == Bundle.INSTALLED)
                        .toList()
                        .forEach(this::look);
            }
        }
    }

    private void frameworkChanged(FrameworkEvent event) {
        if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED
                || event.getType() == FrameworkEvent.STARTLEVEL_CHANGED
                || event.getType() == FrameworkEvent.ERROR) {
            synchronized (this) {
                if (!stopping) {
                    List.copyOf(known.keySet()).forEach(this::look);
                }
            }
        }
    }

    private void look(Bundle bundle) {
        Optional<Map<String, Object>> attributes = attributes(bundle);
        if (attributes.isEmpty()) {
            forget(bundle);
            return;
        }
        if (known.putIfAbsent(bundle, attributes.get()) == null) {
            listener.appeared(bundle, attributes.get());
        }
        Optional<String> isolated = obstacles.ofIsolated(bundle);
        listener.obstacle(bundle, listener.runsHere(bundle) ? obstacles.of(bundle) : isolated);
        if (isolated.isEmpty()) {
            marked.add(bundle);
        } else if (marked.remove(bundle)) {
            listener.taken(bundle);
        }
        watchMarks();
    }

    /**
     * A bundle at rest is started and stopped without an event where it cannot be resolved, or not yet be started: what
     * changes is only the mark that it is to be started. A job with a process of its own goes by that.
     */
    private boolean changesSilently(Bundle bundle) {
        int state = bundle.getState();
        return (state == Bundle.INSTALLED || state == Bundle.RESOLVED) && !listener.runsHere(bundle);
    }

    private void watchMarks() {
        if (!looking && !timer.isShutdown() && known.keySet().stream().anyMatch(this::changesSilently)) {
            looking = true;
            timer.schedule(this::lookAtMarks, MARKS_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void lookAtMarks() {
        synchronized (this) {
            looking = false;
            if (stopping) {
                return;
            }
            known.keySet().stream()
                    .filter(this::changesSilently)
                    .filter(bundle -> obstacles.ofIsolated(bundle).isEmpty() != marked.contains(bundle))
                    .toList()
                    .forEach(this::look);
            watchMarks();
        }
    }

    /** Tells the obstacle of a bundle anew, since where its job runs may have changed. Not within the listener. */
    public void lookAgain(long bundleId) {
        synchronized (this) {
            if (!stopping) {
                known.keySet().stream()
                        .filter(bundle -> bundle.getBundleId() == bundleId)
                        .toList()
                        .forEach(this::look);
            }
        }
    }

    private void forget(Bundle bundle) {
        marked.remove(bundle);
        if (known.remove(bundle) != null) {
            listener.gone(bundle);
        }
    }

    /** Of the bundle's capability; empty if it is no job. Also of a bundle that is not resolved. */
    public static Optional<Map<String, Object>> attributes(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision == null
                ? Optional.empty()
                : revision.getDeclaredCapabilities(JobComponent.NAMESPACE).stream()
                        .findFirst()
                        .map(capability -> Map.copyOf(capability.getAttributes()));
    }
}
