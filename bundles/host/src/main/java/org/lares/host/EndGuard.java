package org.lares.host;

import java.util.function.Consumer;
import org.lares.host.run.Stacks;

/**
 * Bounds the end of a process whose job may not let it end. One daemon thread, from the begin of the end on; it goes with
 * the process.
 */
final class EndGuard {
    /** When there is no limit: how long an end may take until the log says where it hangs. */
    private static final long REMARKABLE_MILLIS = 15_000;

    private final long millis;
    private final Consumer<String> late;
    private final Runnable tooLate;

    /**
     * @param millis from now on, for all of the end; 0 for no limit
     * @param late told after three quarters of that, with the stacks of all threads
     * @param tooLate called after all of that
     */
    EndGuard(long millis, Consumer<String> late, Runnable tooLate) {
        this.millis = millis;
        this.late = late;
        this.tooLate = tooLate;
    }

    void begin() {
        Thread thread = new Thread(this::guard, "lares-host-end");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            Log.warn("no thread to bound the end: " + e.getMessage() + "; the container does it");
        }
    }

    private void guard() {
        long first = millis == 0 ? REMARKABLE_MILLIS : millis - millis / 4;
        pass(first);
        late.accept(stacks());
        if (millis > 0) {
            pass(millis - first);
            tooLate.run();
        }
    }

    private static void pass(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            try {
                Thread.sleep(left);
            } catch (InterruptedException e) {
                // By the job's code: what is guarded is not its to lengthen or to shorten.
                continue;
            }
        }
    }

    /** Threads of the job and the one that ends the process first: it is one of these that hangs. */
    private static String stacks() {
        StringBuilder text = new StringBuilder();
        StringBuilder others = new StringBuilder();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread == Thread.currentThread()) {
                continue;
            }
            boolean first = thread.getName().equals("main") || thread.getThreadGroup() instanceof RunThreads;
            (first ? text : others).append(Stacks.of(thread, ""));
        }
        return text.append(others).toString();
    }
}
