package org.lares.supervisor.container;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Waits for a sign of life in each period; one timer a period, however often the run reports. Any thread may call. */
final class Watchdog {
    private final Duration period;
    private final ScheduledExecutorService timer;
    private final Consumer<Duration> missed;
    private volatile long lastAlive = System.nanoTime();
    private ScheduledFuture<?> next;
    private boolean stopped;

    /**
     * Begins at once.
     *
     * @param missed called once on the timer's thread, with how long nothing was heard
     */
    Watchdog(Duration period, ScheduledExecutorService timer, Consumer<Duration> missed) {
        this.period = period;
        this.timer = timer;
        this.missed = missed;
        await(period);
    }

    void alive() {
        lastAlive = System.nanoTime();
    }

    synchronized void stop() {
        stopped = true;
        next.cancel(false);
    }

    private synchronized void await(Duration left) {
        if (!stopped) {
            next = timer.schedule(this::look, left.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void look() {
        Duration silent = Duration.ofNanos(System.nanoTime() - lastAlive);
        if (silent.compareTo(period) < 0) {
            await(period.minus(silent));
        } else {
            missed.accept(silent);
        }
    }
}
