package org.lares.supervisor.container;

import java.util.Collection;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.hooks.service.EventListenerHook;
import org.osgi.framework.hooks.service.FindHook;
import org.osgi.framework.hooks.service.ListenerHook;

/**
 * Keeps the services of a run (its condition, its {@link org.lares.job.Run}) between the supervisor and the one bundle
 * that they are for. Called on any thread that uses the service registry, so it only looks and compares.
 */
final class RunVisibility implements FindHook, EventListenerHook {
    /** Service property: the id (Long) of the only bundle that may see the service. */
    static final String ONLY_FOR = "org.lares.run.bundle";

    private final long self;

    /** @param self the bundle that registers the services */
    RunVisibility(long self) {
        this.self = self;
    }

    @Override
    public void find(
            BundleContext context,
            String name,
            String filter,
            boolean allServices,
            Collection<ServiceReference<?>> references) {
        references.removeIf(reference -> !visible(reference, context));
    }

    @Override
    public void event(ServiceEvent event, Map<BundleContext, Collection<ListenerHook.ListenerInfo>> listeners) {
        ServiceReference<?> reference = event.getServiceReference();
        if (reference.getProperty(ONLY_FOR) != null) {
            listeners.keySet().removeIf(context -> !visible(reference, context));
        }
    }

    private boolean visible(ServiceReference<?> reference, BundleContext context) {
        if (!(reference.getProperty(ONLY_FOR) instanceof Long only)) {
            return true;
        }
        try {
            Bundle bundle = context.getBundle();
            long id = bundle.getBundleId();
            return id == only || id == self || id == 0;
        } catch (IllegalStateException e) {
            // The context has just become invalid; its listeners have nothing to look for.
            return false;
        }
    }
}
