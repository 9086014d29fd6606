package org.lares.example.clock;

import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.lares.job.annotations.LaunchDaemon;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says the time once a minute. A run of it lasts from activation to deactivation. */
@LaunchDaemon(
        label = "org.lares.example.clock",
        description = "Says the time once a minute",
        runAtLoad = true,
        keepAlive = true)
@Component
public final class Clock {
    private static final Logger LOG = LoggerFactory.getLogger(Clock.class);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> ticks;

    @Activate
    public Clock() {
        ticks = timer.scheduleAtFixedRate(() -> LOG.info("it is {}", Instant.now()), 0, 1, TimeUnit.MINUTES);
    }

    @Deactivate
    void stop() {
        ticks.cancel(false);
        timer.shutdown();
    }
}
