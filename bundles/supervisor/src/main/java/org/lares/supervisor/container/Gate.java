package org.lares.supervisor.container;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.lares.host.run.Components;
import org.lares.job.Run;
import org.lares.supervisor.woven.RunHooks;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.condition.Condition;

/**
 * What lies between a bundle that is ACTIVE and a run of it: its activator, then its components. Opened once by one
 * thread, closed once by another, perhaps while the first is still in the bundle's code: then that one undoes what it
 * has done when it comes back.
 */
final class Gate {
    private final Bundle bundle;
    private final Optional<RunHooks.Deferred> activator;
    private final BundleContext supervisor;
    private final Consumer<Throwable> stopFailed;

    // All of these under the lock of this object.
    private boolean closed;
    private boolean started;
    private ServiceRegistration<?> handle;
    private ServiceRegistration<?> condition;

    /** @param stopFailed told what the activator's stop threw */
    Gate(
            Bundle bundle,
            Optional<RunHooks.Deferred> activator,
            BundleContext supervisor,
            Consumer<Throwable> stopFailed) {
        this.bundle = bundle;
        this.activator = activator;
        this.supervisor = supervisor;
        this.stopFailed = stopFailed;
    }

    /** Calls the bundle's code. @throws Exception what the activator threw; components fail without a word here */
    void open(Run run) throws Exception {
        ServiceRegistration<?> offered = register(Run.class, run, Map.of());
        synchronized (this) {
            handle = offered;
        }
        if (undone()) {
            return;
        }
        if (activator.isPresent()) {
            RunHooks.start(activator.get().activator(), activator.get().context());
            synchronized (this) {
                started = true;
            }
            if (undone()) {
                return;
            }
        }
        // SCR activates all that is satisfied from within this call, on this thread.
        ServiceRegistration<?> given =
                register(Condition.class, Condition.INSTANCE, Map.of(Condition.CONDITION_ID, Components.RUN_CONDITION));
        synchronized (this) {
            condition = given;
        }
        undone();
    }

    private boolean undone() {
        synchronized (this) {
            if (!closed) {
                return false;
            }
        }
        close();
        return true;
    }

    /** Calls the bundle's code. */
    void close() {
        ServiceRegistration<?> given;
        ServiceRegistration<?> offered;
        boolean stops;
        synchronized (this) {
            closed = true;
            given = condition;
            offered = handle;
            stops = started;
            condition = null;
            handle = null;
            started = false;
        }
        // SCR deactivates what the run activated from within this call.
        if (given != null) {
            given.unregister();
        }
        if (stops) {
            try {
                RunHooks.stop(
                        activator.orElseThrow().activator(),
                        activator.orElseThrow().context());
            } catch (Throwable e) {
                stopFailed.accept(e);
            }
        }
        if (offered != null) {
            offered.unregister();
        }
    }

    private <T> ServiceRegistration<T> register(Class<T> type, T object, Map<String, Object> properties) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put(RunVisibility.ONLY_FOR, bundle.getBundleId());
        return supervisor.registerService(type, object, FrameworkUtil.asDictionary(all));
    }
}
