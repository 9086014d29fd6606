package org.lares.sandbox;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.lares.xpc.posix.Epoll;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Pipe;
import org.lares.xpc.posix.PosixException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that sees processes end. Sleeps in the kernel until one does, or a deadline is due; costs nothing else.
 *
 * <p>Actions run on its thread and must not wait. Watches may be made by any thread, and ended on its thread only.
 */
final class Reaper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);

    private final Epoll epoll;
    private final Thread thread;
    private final Map<Long, Watch> watches = new ConcurrentHashMap<>();
    private final AtomicLong lastToken = new AtomicLong();
    /** Guarded by itself. */
    private final PriorityQueue<Deadline> deadlines = new PriorityQueue<>();

    private volatile boolean closing;

    Reaper() throws PosixException {
        epoll = new Epoll();
        thread = new Thread(this::run, "lares-reaper");
        thread.setDaemon(true);
        thread.start();
    }

    /** A descriptor being watched. */
    final class Watch {
        private final long token;
        private final Consumer<Watch> action;
        private final Removal removal;

        private Watch(long token, Consumer<Watch> action, Removal removal) {
            this.token = token;
            this.action = action;
            this.removal = removal;
        }

        /** Ends it; to be called before the descriptor is closed. May be called again. */
        void end() {
            if (watches.remove(token) != null) {
                try {
                    removal.remove();
                } catch (PosixException e) {
                    LOG.error("cannot end the watch of a process: {}", e.getMessage(), e);
                }
            }
        }
    }

    private record Deadline(long nanos, Runnable action) implements Comparable<Deadline> {
        @Override
        public int compareTo(Deadline other) {
            return Long.signum(nanos - other.nanos);
        }
    }

    @FunctionalInterface
    private interface Removal {
        void remove() throws PosixException;
    }

    /** Runs the action when the process has ended, again and again until the watch is ended. */
    Watch watch(Pidfd process, Consumer<Watch> action) throws PosixException {
        Watch watch = new Watch(lastToken.incrementAndGet(), action, () -> epoll.remove(process));
        watches.put(watch.token, watch);
        try {
            epoll.add(process, watch.token);
        } catch (PosixException e) {
            watches.remove(watch.token);
            throw e;
        }
        return watch;
    }

    /** Runs the action when the pipe has data or is at its end, again and again until the watch is ended. */
    Watch watch(Pipe pipe, Consumer<Watch> action) throws PosixException {
        Watch watch = new Watch(lastToken.incrementAndGet(), action, () -> epoll.remove(pipe));
        watches.put(watch.token, watch);
        try {
            epoll.add(pipe, watch.token);
        } catch (PosixException e) {
            watches.remove(watch.token);
            throw e;
        }
        return watch;
    }

    /** Runs the action after a time; the action finds out itself if it is still wanted. Any thread may ask for it. */
    void after(Duration time, Runnable action) {
        synchronized (deadlines) {
            deadlines.add(new Deadline(System.nanoTime() + time.toNanos(), action));
        }
        if (Thread.currentThread() != thread) {
            epoll.wake();
        }
    }

    private void run() {
        try {
            while (!closing) {
                for (long token : epoll.await(untilDeadline())) {
                    Watch watch = token == Epoll.WOKEN ? null : watches.get(token);
                    if (watch != null && !perform(() -> watch.action.accept(watch))) {
                        // It would come again at once, forever.
                        watch.end();
                    }
                }
                Optional<Deadline> due = due();
                while (!closing && due.isPresent()) {
                    perform(due.get().action);
                    due = due();
                }
            }
        } catch (PosixException e) {
            LOG.error("cannot watch processes any more: {}; restart the container, its programs live on", e, e);
        }
    }

    private Optional<Deadline> due() {
        synchronized (deadlines) {
            return untilDeadline() == 0 ? Optional.of(deadlines.remove()) : Optional.empty();
        }
    }

    /** Milliseconds, rounded up; -1 if there is no deadline. */
    private long untilDeadline() {
        synchronized (deadlines) {
            if (deadlines.isEmpty()) {
                return -1;
            }
            long nanos = deadlines.element().nanos - System.nanoTime();
            return nanos <= 0 ? 0 : (nanos + 999_999) / 1_000_000;
        }
    }

    private static boolean perform(Runnable action) {
        try {
            action.run();
            return true;
        } catch (RuntimeException e) {
            LOG.error("cannot handle the end of a process: {}", e.toString(), e);
            return false;
        }
    }

    /** Stops watching; the processes go on. Waits for an action that runs. Not to be called on its own thread. */
    @Override
    public void close() {
        closing = true;
        epoll.wake();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        epoll.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
