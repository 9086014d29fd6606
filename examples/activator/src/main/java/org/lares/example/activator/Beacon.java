package org.lares.example.activator;

import java.util.Timer;
import java.util.TimerTask;
import org.lares.job.annotations.LaunchDaemon;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A bundle of the old kind: nothing but an activator, of which {@code start} and {@code stop} belong to the run. */
@LaunchDaemon(
        label = "org.lares.example.activator",
        description = "Gives a sign every half minute",
        runAtLoad = true,
        keepAlive = true)
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class Beacon implements BundleActivator {
    private static final Logger LOG = LoggerFactory.getLogger(Beacon.class);

    private Timer timer;

    @Override
    public void start(BundleContext context) {
        timer = new Timer("beacon");
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        LOG.info("here I am");
                    }
                },
                0,
                30_000);
    }

    @Override
    public void stop(BundleContext context) {
        timer.cancel();
    }
}
