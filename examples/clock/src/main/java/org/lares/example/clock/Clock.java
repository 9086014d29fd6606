package org.lares.example.clock;

import java.time.ZoneId;
import java.time.ZonedDateTime;
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

/**
 * Says the time once a minute, of the zone that its configuration {@code org.lares.example.clock} names. A run of it lasts
 * from activation to deactivation.
 */
@LaunchDaemon(
        label = "org.lares.example.clock",
        description = "Says the time once a minute",
        runAtLoad = true,
        keepAlive = true)
@Component(configurationPid = "org.lares.example.clock")
public final class Clock {
    private static final Logger LOG = LoggerFactory.getLogger(Clock.class);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> ticks;

    /** What can be configured. */
    public @interface Settings {
        /** An id of java.time.ZoneId. */
        String zone() default "UTC";
    }

    @Activate
    public Clock(Settings settings) {
        ZoneId zone = ZoneId.of(settings.zone());
        ticks = timer.scheduleAtFixedRate(() -> say(zone), 0, 1, TimeUnit.MINUTES);
    }

    private static void say(ZoneId zone) {
        LOG.info("it is {}", ZonedDateTime.now(zone));
    }

    @Deactivate
    void stop() {
        ticks.cancel(false);
        timer.shutdown();
    }
}
