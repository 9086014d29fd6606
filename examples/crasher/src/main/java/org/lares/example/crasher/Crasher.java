package org.lares.example.crasher;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.lares.job.annotations.LaunchDaemon;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Throws after five seconds, to be seen in the history. When it is to come back stands in the property list. */
@LaunchDaemon(
        label = "org.lares.example.crasher",
        description = "Crashes on purpose",
        runAtLoad = true,
        definition = "OSGI-INF/launchd/org.lares.example.crasher.plist")
@Component(service = Callable.class)
public final class Crasher implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Crasher.class);

    @Override
    public Integer call() throws InterruptedException {
        LOG.info("five seconds to live");
        TimeUnit.SECONDS.sleep(5);
        throw new IllegalStateException("crashed on purpose");
    }
}
