package org.lares.supervisor.woven;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.lares.supervisor.woven.JobCalls.ExecutorNotes;

/** The JDK's pool, as {@link java.util.concurrent.Executors} makes it, but no failed task stays unknown. */
final class NotedPool extends ThreadPoolExecutor {
    static final ExecutorNotes NO_NOTES = new ExecutorNotes() {
        @Override
        public void made(Thread worker) {}

        @Override
        public void ended() {}

        @Override
        public void failed(Throwable thrown) {}
    };

    private final ExecutorNotes notes;

    private NotedPool(
            int core,
            int most,
            long idleSeconds,
            BlockingQueue<Runnable> queue,
            ThreadFactory factory,
            ExecutorNotes notes) {
        super(core, most, idleSeconds, TimeUnit.SECONDS, queue, noted(factory, notes));
        this.notes = notes;
    }

    static NotedPool fixed(int threads, ThreadFactory factory, ExecutorNotes notes) {
        return new NotedPool(threads, threads, 0, new LinkedBlockingQueue<>(), factory, notes);
    }

    static NotedPool cached(ThreadFactory factory, ExecutorNotes notes) {
        return new NotedPool(0, Integer.MAX_VALUE, 60, new SynchronousQueue<>(), factory, notes);
    }

    static ThreadFactory noted(ThreadFactory factory, ExecutorNotes notes) {
        return body -> {
            Thread worker = factory.newThread(() -> {
                try {
                    body.run();
                } finally {
                    notes.ended();
                }
            });
            if (worker != null) {
                notes.made(worker);
            }
            return worker;
        };
    }

    @Override
    protected void afterExecute(Runnable task, Throwable thrown) {
        super.afterExecute(task, thrown);
        note(task, thrown, notes);
    }

    /** A task that was submitted, not executed, keeps its failure to itself. */
    static void note(Runnable task, Throwable thrown, ExecutorNotes notes) {
        if (thrown != null) {
            notes.failed(thrown);
        } else if (task instanceof Future<?> future && future.isDone()) {
            try {
                future.get();
            } catch (CancellationException e) {
                return;
            } catch (ExecutionException e) {
                notes.failed(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
