package org.lares.sandbox.host;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What one host has to do in time. On the agenda's thread, except {@link #alive}. */
final class HostDeadlines {
    private final Agenda agenda;
    /** One at a time: for the check-in, then for Ready, or for coming back. */
    private Optional<Future<?>> next = Optional.empty();

    private Optional<Future<?>> watchdog = Optional.empty();
    private volatile long lastAlive;

    HostDeadlines(Agenda agenda) {
        this.agenda = agenda;
    }

    /** Sets a deadline in the place of the one before. */
    void set(Duration time, Runnable missed) {
        clear();
        next = Optional.of(agenda.after(time, missed));
    }

    /** It was met; the watchdog stays. */
    void clear() {
        next.ifPresent(it -> it.cancel(false));
        next = Optional.empty();
    }

    void clearAll() {
        clear();
        watchdog.ifPresent(it -> it.cancel(false));
        watchdog = Optional.empty();
    }

    /** Begins now, unless it has begun: one timer a period, however often the job reports. */
    void watch(Duration period, Consumer<Duration> missed) {
        if (watchdog.isEmpty()) {
            alive();
            await(period, period, missed);
        }
    }

    private void await(Duration left, Duration period, Consumer<Duration> missed) {
        watchdog = Optional.of(agenda.after(left, () -> {
            Duration silent = Duration.ofNanos(System.nanoTime() - lastAlive);
            if (silent.compareTo(period) < 0) {
                await(period.minus(silent), period, missed);
            } else {
                missed.accept(silent);
            }
        }));
    }

    /** The job has reported. Any thread. */
    void alive() {
        lastAlive = System.nanoTime();
    }
}
