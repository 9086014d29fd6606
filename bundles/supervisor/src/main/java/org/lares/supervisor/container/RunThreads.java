package org.lares.supervisor.container;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.BiConsumer;
import org.lares.host.run.Stacks;
import org.lares.job.Usage;
import org.lares.supervisor.woven.RunHooks;

/**
 * The threads of one run: those that the supervisor made for it, and those that the bundle's own classes made, as their
 * woven calls tell. Being in the job's thread group is not enough: SCR and others start threads of theirs on the job's
 * thread, and to interrupt those or to call them left behind would be wrong. Any thread may call.
 */
final class RunThreads {
    /** What one thread left when it ended, and where the others came from. */
    private record Tag(String origin, boolean pooled) {}

    private static final String HOOKS = RunHooks.class.getName();
    private static final String OUTSIDE = "made outside the bundle's classes";

    private final JobGroup group;
    private final BiConsumer<Thread, Throwable> uncaught;
    private final Map<Thread, Tag> tags = Collections.synchronizedMap(new WeakHashMap<>());
    private final Set<Thread> own = Collections.synchronizedSet(new LinkedHashSet<>());
    private final Meter meter = new Meter();

    /** @param uncaught gets what nobody caught in one of these threads, except workers of pools */
    RunThreads(JobGroup group, BiConsumer<Thread, Throwable> uncaught) {
        this.group = group;
        this.uncaught = uncaught;
    }

    /** Starts a thread of the supervisor's own for the run. */
    void start(String name, Runnable body) {
        Thread thread = new Thread(
                group,
                () -> {
                    try {
                        body.run();
                    } finally {
                        meter.ending();
                        own.remove(Thread.currentThread());
                    }
                },
                name);
        own.add(thread);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            own.remove(thread);
            throw e;
        }
    }

    /** The bundle's code is about to start that thread. */
    void starting(Thread thread) {
        if (tags.putIfAbsent(thread, new Tag(origin(), false)) == null
                && !group.parentOf(thread.getThreadGroup())
                && thread.getUncaughtExceptionHandler() instanceof ThreadGroup) {
            thread.setUncaughtExceptionHandler(uncaught::accept);
        }
    }

    /** A timer of the bundle's code has just started that thread. */
    void made(Thread thread) {
        tags.putIfAbsent(thread, new Tag(origin(), false));
    }

    void madeByPool(Thread worker, String origin) {
        tags.put(worker, new Tag(origin, true));
    }

    /** The calling thread is a worker about to end. */
    void workerEnding() {
        meter.ending();
    }

    boolean isWorker(Thread thread) {
        Tag tag = tags.get(thread);
        return tag != null && tag.pooled();
    }

    boolean isOne(Thread thread) {
        return own.contains(thread) || tags.containsKey(thread);
    }

    /** Living threads that the bundle's classes made. */
    Set<Thread> others() {
        Set<Thread> threads;
        synchronized (tags) {
            threads = new LinkedHashSet<>(tags.keySet());
        }
        threads.removeIf(thread -> !thread.isAlive() || own.contains(thread));
        return threads;
    }

    void interruptOwn() {
        Thread self = Thread.currentThread();
        ownThreads().stream().filter(thread -> thread != self).forEach(Thread::interrupt);
    }

    void interruptAll() {
        interruptOwn();
        others().forEach(Thread::interrupt);
    }

    private List<Thread> ownThreads() {
        synchronized (own) {
            return List.copyOf(own);
        }
    }

    /** Waits until the other threads have ended, but not longer than given; they may be about to. */
    void awaitOthers(Duration most) {
        long deadline = System.nanoTime() + most.toNanos();
        try {
            for (Thread thread : others()) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return;
                }
                thread.join(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on no thread that is there counts as the job's next run's. */
    void abandon() {
        group.abandon(others());
        group.abandon(ownThreads());
    }

    /** Name and origin, for people. */
    String describe(Thread thread) {
        Tag tag = tags.get(thread);
        String origin = tag == null ? OUTSIDE : tag.origin();
        return "thread \"" + thread.getName() + "\" (" + origin + ")";
    }

    /** How many live on, the supervisor's own for the run among them. */
    int living() {
        return others().size()
                + (int) ownThreads().stream()
                        .filter(thread -> thread != Thread.currentThread() && thread.isAlive())
                        .count();
    }

    /** The run's threads that wait for each other and will forever, a line each; empty if there are none. */
    String deadlocks() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] deadlocked = threads.findDeadlockedThreads();
        if (deadlocked == null) {
            return "";
        }
        Set<Long> ids = new HashSet<>();
        ownThreads().forEach(thread -> ids.add(thread.getId()));
        others().forEach(thread -> ids.add(thread.getId()));
        StringBuilder text = new StringBuilder();
        for (ThreadInfo thread : threads.getThreadInfo(deadlocked)) {
            if (thread != null && ids.contains(thread.getThreadId())) {
                text.append("deadlock: thread \"")
                        .append(thread.getThreadName())
                        .append("\" waits for ")
                        .append(thread.getLockName())
                        .append(", which thread \"")
                        .append(thread.getLockOwnerName())
                        .append("\" holds\n");
            }
        }
        return text.toString();
    }

    String ownStacks() {
        return stacks(ownThreads());
    }

    String allStacks() {
        List<Thread> threads = new ArrayList<>(ownThreads());
        threads.addAll(others());
        return stacks(threads);
    }

    private String stacks(List<Thread> threads) {
        StringBuilder text = new StringBuilder();
        for (Thread thread : threads) {
            Tag tag = tags.get(thread);
            text.append(Stacks.of(thread, tag == null ? "" : tag.origin()));
        }
        return text.toString();
    }

    /** CPU time and allocation of the threads whose end was seen and of those that live. */
    Usage usage() {
        Set<Thread> living = others();
        living.addAll(ownThreads());
        return meter.usage(living);
    }

    /** Where the bundle's code is that called a hook, if one was called. */
    static String origin() {
        return StackWalker.getInstance()
                .walk(frames -> frames.dropWhile(frame -> !frame.getClassName().equals(HOOKS))
                        .dropWhile(frame -> frame.getClassName().equals(HOOKS))
                        .findFirst()
                        .map(frame -> "made at " + frame.toStackTraceElement())
                        .orElse(OUTSIDE));
    }

    /** Sums what threads consumed. */
    private static final class Meter {
        private static final com.sun.management.ThreadMXBean THREADS =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

        private final Set<Thread> ended = Collections.newSetFromMap(new WeakHashMap<>());
        private long cpu;
        private long allocated;

        /** The calling thread is about to end, and counts as ended from now on. */
        synchronized void ending() {
            ended.add(Thread.currentThread());
            cpu += Math.max(0, THREADS.getCurrentThreadCpuTime());
            allocated += Math.max(
                    0, THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()));
        }

        synchronized Usage usage(Set<Thread> living) {
            long cpuNow = cpu;
            long allocatedNow = allocated;
            for (Thread thread : living) {
                if (ended.contains(thread)) {
                    continue;
                }
                cpuNow += Math.max(0, THREADS.getThreadCpuTime(thread.getId()));
                allocatedNow += Math.max(0, THREADS.getThreadAllocatedBytes(thread.getId()));
            }
            return new Usage(Duration.ofNanos(cpuNow), allocatedNow);
        }
    }
}
