package org.lares.example.ticker;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lares.job.annotations.LaunchDaemon;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts every ten seconds. Its main is called on the job's thread; what it returns is the exit status of the run. */
@LaunchDaemon(
        label = "org.lares.example.ticker",
        description = "Counts every ten seconds",
        runAtLoad = true,
        keepAlive = true)
@Component(service = Callable.class)
public final class Ticker implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

    private final CountDownLatch stopped = new CountDownLatch(1);

    @Override
    public Integer call() throws InterruptedException {
        int ticks = 0;
        while (!stopped.await(10, TimeUnit.SECONDS)) {
            LOG.info("tick {}", ++ticks);
        }
        return 0;
    }

    @Deactivate
    void stop() {
        stopped.countDown();
    }
}
