package org.lares.supervisor.woven;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/**
 * The static face of {@link JobCalls}: what a weaver can call. The last argument is the id of the bundle whose class was
 * woven. Without a runner (the supervisor is stopped) an exit still unwinds its thread and spares the container, and
 * activators stay where they are; the rest does what it does without weaving.
 */
public final class RunHooks {
    private static final AtomicReference<JobCalls> CALLS = new AtomicReference<>();
    /** The activator that the supervisor itself calls on this thread. */
    private static final ThreadLocal<BundleActivator> PASSING = new ThreadLocal<>();

    private static final ThreadLocal<Set<Thread>> BEFORE = new ThreadLocal<>();
    /** Outlives a restart of the supervisor: the bundles stay ACTIVE meanwhile, and no start is seen twice. */
    private static final Map<Long, Deferred> DEFERRED = new ConcurrentHashMap<>();

    /** An activator that the framework believes started. */
    public record Deferred(BundleActivator activator, BundleContext context) {}

    private RunHooks() {}

    /**
     * Calls of woven code go there from now on.
     *
     * @throws IllegalStateException if there is one already
     */
    public static void install(JobCalls calls) {
        if (!CALLS.compareAndSet(null, Objects.requireNonNull(calls, "calls"))) {
            throw new IllegalStateException("two runners for the bundles of one container");
        }
    }

    public static void uninstall(JobCalls calls) {
        CALLS.compareAndSet(calls, null);
    }

    public static void exit(int status, long bundle) {
        JobCalls calls = CALLS.get();
        if (calls != null) {
            calls.exit(bundle, status);
        }
        throw new RunExit(status);
    }

    public static void exit(Runtime runtime, int status, long bundle) {
        Objects.requireNonNull(runtime, "runtime");
        exit(status, bundle);
    }

    /**
     * A method {@code start()} is about to be called.
     *
     * @param started a thread or anything else
     */
    public static void starting(Object started, long bundle) {
        JobCalls calls = CALLS.get();
        if (calls != null && started instanceof Thread thread) {
            calls.starting(bundle, thread);
        }
    }

    public static void unattributed(String what, long bundle) {
        JobCalls calls = CALLS.get();
        if (calls != null) {
            calls.unattributed(bundle, what);
        }
    }

    /** A {@link java.util.Timer} is about to be made on this thread, and starts a thread of its own. */
    public static void makingTimer(long bundle) {
        BEFORE.set(group());
    }

    /** It was made. */
    public static void madeTimer(long bundle) {
        Set<Thread> before = BEFORE.get();
        BEFORE.remove();
        JobCalls calls = CALLS.get();
        if (calls == null || before == null) {
            return;
        }
        for (Thread thread : group()) {
            if (!before.contains(thread)) {
                calls.made(bundle, thread);
            }
        }
    }

    private static Set<Thread> group() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        Thread[] threads = new Thread[group.activeCount() * 2 + 8];
        int count = group.enumerate(threads, false);
        return new HashSet<>(Arrays.asList(threads).subList(0, count));
    }

    /** For a pool that the bundle's code makes by its constructor. */
    public static ThreadFactory factory(ThreadFactory factory, long bundle) {
        return NotedPool.noted(factory, notes(bundle));
    }

    public static ThreadFactory factory(long bundle) {
        return factory(Executors.defaultThreadFactory(), bundle);
    }

    // The factories keep the JDK's types: code that casts the result to ThreadPoolExecutor goes on working.

    public static ExecutorService newFixedThreadPool(int threads, long bundle) {
        return newFixedThreadPool(threads, Executors.defaultThreadFactory(), bundle);
    }

    public static ExecutorService newFixedThreadPool(int threads, ThreadFactory factory, long bundle) {
        return NotedPool.fixed(threads, factory, notes(bundle));
    }

    public static ExecutorService newSingleThreadExecutor(long bundle) {
        return newFixedThreadPool(1, bundle);
    }

    public static ExecutorService newSingleThreadExecutor(ThreadFactory factory, long bundle) {
        return newFixedThreadPool(1, factory, bundle);
    }

    public static ExecutorService newCachedThreadPool(long bundle) {
        return newCachedThreadPool(Executors.defaultThreadFactory(), bundle);
    }

    public static ExecutorService newCachedThreadPool(ThreadFactory factory, long bundle) {
        return NotedPool.cached(factory, notes(bundle));
    }

    public static ScheduledExecutorService newScheduledThreadPool(int threads, long bundle) {
        return newScheduledThreadPool(threads, Executors.defaultThreadFactory(), bundle);
    }

    public static ScheduledExecutorService newScheduledThreadPool(int threads, ThreadFactory factory, long bundle) {
        return new NotedScheduledPool(threads, factory, notes(bundle));
    }

    public static ScheduledExecutorService newSingleThreadScheduledExecutor(long bundle) {
        return newScheduledThreadPool(1, bundle);
    }

    public static ScheduledExecutorService newSingleThreadScheduledExecutor(ThreadFactory factory, long bundle) {
        return newScheduledThreadPool(1, factory, bundle);
    }

    private static JobCalls.ExecutorNotes notes(long bundle) {
        JobCalls calls = CALLS.get();
        return calls == null ? NotedPool.NO_NOTES : calls.executor(bundle).orElse(NotedPool.NO_NOTES);
    }

    /** The activator of a bundle that the framework has started; empty if it has none, or none that is woven. */
    public static Optional<Deferred> deferred(long bundle) {
        return Optional.ofNullable(DEFERRED.get(bundle));
    }

    /** Answers true if the framework called: the activator is to do nothing until a run starts. */
    public static boolean defersStart(BundleActivator activator, BundleContext context, long bundle) {
        if (passes(activator)) {
            return false;
        }
        DEFERRED.put(bundle, new Deferred(activator, context));
        return true;
    }

    /** Answers true if the framework called: the run, if there was one, has stopped the activator already. */
    public static boolean defersStop(BundleActivator activator, BundleContext context, long bundle) {
        if (passes(activator)) {
            return false;
        }
        DEFERRED.remove(bundle);
        return true;
    }

    /** Consumed by the first call, so that what the activator itself starts and stops is told from it. */
    private static boolean passes(BundleActivator activator) {
        if (PASSING.get() != activator) {
            return false;
        }
        PASSING.remove();
        return true;
    }

    /** Calls the activator itself, past the gate. */
    public static void start(BundleActivator activator, BundleContext context) throws Exception {
        PASSING.set(activator);
        try {
            activator.start(context);
        } finally {
            PASSING.remove();
        }
    }

    /** Calls the activator itself, past the gate. */
    public static void stop(BundleActivator activator, BundleContext context) throws Exception {
        PASSING.set(activator);
        try {
            activator.stop(context);
        } finally {
            PASSING.remove();
        }
    }
}
