package org.lares.host.framework;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.felix.scr.impl.Activator;
import org.lares.host.log.OsgiLogService;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.service.log.LogService;
import org.osgi.service.log.LoggerFactory;

/**
 * What the system bundle of a host provides: log service, Configuration Admin and, if asked for, Declarative Services.
 * Started on the thread that launches the framework, stopped by the framework after all bundles.
 */
final class SystemServices implements BundleActivator {
    private final Deque<BundleActivator> started = new ArrayDeque<>();
    private Exception failure;

    @Override
    public void start(BundleContext context) {
        context.registerService(
                new String[] {LogService.class.getName(), LoggerFactory.class.getName()}, new OsgiLogService(), null);
        try {
            start(new org.apache.felix.cm.impl.Activator(), context);
        } catch (Exception e) {
            // Felix would print it and go on.
            failure = e;
        }
    }

    /** @throws Exception what hindered a start */
    void check() throws Exception {
        if (failure != null) {
            throw failure;
        }
    }

    void startComponents(BundleContext context) throws Exception {
        start(new Activator(), context);
    }

    private void start(BundleActivator activator, BundleContext context) throws Exception {
        activator.start(context);
        started.push(activator);
    }

    @Override
    public void stop(BundleContext context) throws Exception {
        while (!started.isEmpty()) {
            started.pop().stop(context);
        }
    }
}
