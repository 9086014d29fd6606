package org.lares.host;

import java.util.Map;
import org.lares.host.framework.HostFramework;
import org.lares.host.run.Components;
import org.lares.job.Run;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.condition.Condition;

/**
 * What lies between a framework that is up and a run of its job: the job's bundles, then its components. Opened once by
 * one thread, closed once by another, perhaps while the first is still in the job's code: then that one undoes what it
 * has done when it comes back. Activators are stopped with the framework.
 */
final class Gate {
    private final HostFramework framework;

    // All of these under the lock of this object.
    private boolean closed;
    private ServiceRegistration<?> handle;
    private ServiceRegistration<?> condition;

    Gate(HostFramework framework) {
        this.framework = framework;
    }

    /** Calls the job's code. @throws BundleException what an activator threw; components fail without a word here */
    void open(Run run) throws BundleException {
        BundleContext context = framework.context();
        ServiceRegistration<?> offered = context.registerService(Run.class, run, null);
        synchronized (this) {
            handle = offered;
        }
        if (undone()) {
            return;
        }
        framework.start();
        if (undone()) {
            return;
        }
        // SCR activates all that is satisfied from within this call, on this thread.
        ServiceRegistration<?> given = context.registerService(
                Condition.class,
                Condition.INSTANCE,
                FrameworkUtil.asDictionary(Map.of(Condition.CONDITION_ID, Components.RUN_CONDITION)));
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

    /** Calls the job's code. */
    void close() {
        ServiceRegistration<?> given;
        ServiceRegistration<?> offered;
        synchronized (this) {
            closed = true;
            given = condition;
            offered = handle;
            condition = null;
            handle = null;
        }
        // SCR deactivates what the run activated from within this call.
        unregister(given);
        unregister(offered);
    }

    private static void unregister(ServiceRegistration<?> registration) {
        try {
            if (registration != null) {
                registration.unregister();
            }
        } catch (IllegalStateException e) {
            // The job has stopped the framework itself, and with it all of its services.
            Log.lifecycle("the framework is down already");
        }
    }
}
