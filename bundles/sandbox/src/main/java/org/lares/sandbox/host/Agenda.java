package org.lares.sandbox.host;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread, {@code lares-hosts}, on which all that happens to hosts happens, one thing after another, and their
 * deadlines fall due. What is posted is bounded by those who post: a few things for each run, and for each line.
 */
final class Agenda implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agenda.class);

    private final ScheduledThreadPoolExecutor thread;

    Agenda() {
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "lares-hosts");
            made.setDaemon(true);
            return made;
        });
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Has it done, some time.
     *
     * @return false if it is closed, and nothing was done
     */
    boolean post(Runnable action) {
        try {
            thread.execute(() -> perform(action));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** The deadlines of a closed agenda are never due. */
    Future<?> after(Duration time, Runnable action) {
        try {
            return thread.schedule(() -> perform(action), time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return new FutureTask<>(action, null);
        }
    }

    private static void perform(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("cannot handle what happened to an isolated job: {}", e.toString(), e);
        }
    }

    /** What was posted is still done. Waits for it; not to be called on its own thread. */
    @Override
    public void close() {
        thread.shutdown();
        boolean interrupted = false;
        while (!thread.isTerminated()) {
            try {
                thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
