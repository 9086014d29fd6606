package org.lares.sandbox.archive;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread "lares-archiver", which is there while there is something to do. Tasks run one after the other; who gives them
 * bounds their number.
 */
final class Archiver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Archiver.class);

    private final ScheduledThreadPoolExecutor executor;

    Archiver() {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "lares-archiver");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setKeepAliveTime(10, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
    }

    /** @return false if it is closed */
    boolean submit(Runnable task) {
        return submit(task, 0);
    }

    /** @return false if it is closed */
    boolean submit(Runnable task, long millis) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("the archiver failed; this is an error of the container", e);
            }
        };
        try {
            executor.schedule(guarded, millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("closed: {}", e.getMessage());
            return false;
        }
    }

    /** Waits until all is done that is due. */
    void settle() throws InterruptedException, ExecutionException {
        executor.submit(() -> {}).get();
    }

    /** Interrupts the task that runs, drops those that wait, and waits for its end. */
    @Override
    public void close() {
        executor.shutdownNow();
        boolean interrupted = false;
        while (!executor.isTerminated()) {
            try {
                executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
