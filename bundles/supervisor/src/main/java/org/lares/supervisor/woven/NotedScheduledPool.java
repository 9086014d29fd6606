package org.lares.supervisor.woven;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import org.lares.supervisor.woven.JobCalls.ExecutorNotes;

/** {@link NotedPool} for timed tasks. */
final class NotedScheduledPool extends ScheduledThreadPoolExecutor {
    private final ExecutorNotes notes;

    NotedScheduledPool(int threads, ThreadFactory factory, ExecutorNotes notes) {
        super(threads, NotedPool.noted(factory, notes));
        this.notes = notes;
    }

    @Override
    protected void afterExecute(Runnable task, Throwable thrown) {
        super.afterExecute(task, thrown);
        NotedPool.note(task, thrown, notes);
    }
}
