package org.lares.host.framework;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ManagedService;
import org.osgi.service.cm.ManagedServiceFactory;

/** Notices which PIDs the job's services ask Configuration Admin for; each is told once. On the registering thread. */
final class WantedConfigurations implements ServiceListener {
    private final Consumer<List<String>> consumer;
    private final Set<String> told = new HashSet<>();

    private WantedConfigurations(Consumer<List<String>> consumer) {
        this.consumer = consumer;
    }

    static void tell(BundleContext context, Consumer<List<String>> consumer) throws InvalidSyntaxException {
        context.addServiceListener(
                new WantedConfigurations(consumer),
                "(|(objectClass=" + ManagedService.class.getName() + ")(objectClass="
                        + ManagedServiceFactory.class.getName() + "))");
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        ServiceReference<?> reference = event.getServiceReference();
        if (event.getType() == ServiceEvent.UNREGISTERING
                || reference.getBundle() == null
                || reference.getBundle().getBundleId() == Constants.SYSTEM_BUNDLE_ID) {
            return;
        }
        List<String> fresh = new ArrayList<>();
        synchronized (told) {
            for (String each : pids(reference.getProperty(Constants.SERVICE_PID))) {
                if (told.add(each)) {
                    fresh.add(each);
                }
            }
        }
        if (!fresh.isEmpty()) {
            consumer.accept(fresh);
        }
    }

    /** A string, an array or a collection of them (Core 8, 5.2.5). */
    private static List<String> pids(Object property) {
        if (property instanceof String one) {
            return List.of(one);
        }
        if (property instanceof String[] several) {
            return List.of(several);
        }
        List<String> pids = new ArrayList<>();
        if (property instanceof Collection<?> several) {
            for (Object each : several) {
                pids.add(String.valueOf(each));
            }
        }
        return pids;
    }
}
