package org.lares.supervisor.container;

import java.util.Timer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.lares.job.Run;
import org.lares.job.annotations.JobComponent;
import org.lares.job.annotations.LaunchDaemon;
import org.lares.supervisor.container.probe.Probe;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The code of the test bundles. Each class is loaded by a framework, without this one around it. */
public final class Fixtures {
    private Fixtures() {}

    /** A daemon that is only there. */
    @LaunchDaemon(label = "plain", runAtLoad = true, throttleInterval = 3, definition = "OSGI-INF/plain.plist")
    @Component
    public static class Plain {
        @Activate
        void activate() {
            Probe.say("plain", "activated on " + Thread.currentThread().getName());
        }

        @Deactivate
        void deactivate() {
            Probe.say("plain", "deactivated");
        }
    }

    /** A second component of a job's bundle. */
    @JobComponent
    @Component
    public static class Companion {
        @Activate
        void activate() {
            Probe.say("companion", "activated");
        }
    }

    /** A component that forgets that it is part of a job. */
    @Component
    public static class Ungated {
        @Activate
        void activate() {
            Probe.say("ungated", "activated");
        }
    }

    /** Says what the bundle sees of runs. */
    @LaunchDaemon(label = "other")
    @Component
    public static class Other {
        @Activate
        void activate(BundleContext context) throws Exception {
            Probe.say("other", "activated");
            Probe.say("other", context.getServiceReferences(Run.class, null).size() + " runs in sight");
        }

        @Deactivate
        void deactivate() {
            Probe.say("other", "deactivated");
        }
    }

    /** A main that returns when told. */
    @LaunchDaemon(label = "main")
    @Component(service = Callable.class)
    public static class Main implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            Probe.say("main", "called on " + Thread.currentThread().getName());
            Probe.latch("main").await();
            return 7;
        }
    }

    /** A main that is not there before what it needs is. */
    @LaunchDaemon(label = "late")
    @Component(service = Runnable.class)
    public static class LateMain implements Runnable {
        @Reference
        Supplier<String> needed;

        @Override
        public void run() {
            Probe.say(
                    "late",
                    "called with " + needed.get() + " on "
                            + Thread.currentThread().getName());
        }
    }

    /** A main that throws. */
    @LaunchDaemon(label = "throws")
    @Component(service = Runnable.class)
    public static class Throwing implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("the main is broken");
        }
    }

    /** A main that needs more memory than there is. */
    @LaunchDaemon(label = "exhausts")
    @Component(service = Runnable.class)
    public static class Exhausting implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException(new OutOfMemoryError("Java heap space"));
        }
    }

    /** Two of its threads wait for each other. */
    @LaunchDaemon(label = "deadlocks")
    @Component(service = Callable.class)
    public static class Deadlocking implements Callable<Integer> {
        private final ReentrantLock one = new ReentrantLock();
        private final ReentrantLock two = new ReentrantLock();
        private final CountDownLatch held = new CountDownLatch(1);

        @Override
        public Integer call() throws Exception {
            one.lockInterruptibly();
            try {
                new Thread(this::other, "embraced").start();
                held.await();
                two.lockInterruptibly();
                return 0;
            } finally {
                one.unlock();
            }
        }

        private void other() {
            two.lock();
            held.countDown();
            one.lock();
        }
    }

    /** A component that cannot be activated. */
    @LaunchDaemon(label = "broken")
    @Component
    public static class Broken {
        @Activate
        void activate() {
            throw new IllegalStateException("the activation is broken");
        }
    }

    /** A main that is had late and cannot be activated. */
    @LaunchDaemon(label = "brokenmain")
    @Component(service = Runnable.class)
    public static class BrokenMain implements Runnable {
        @Activate
        void activate() {
            throw new IllegalStateException("the main cannot be made");
        }

        @Override
        public void run() {
            Probe.say("brokenmain", "called");
        }
    }

    /** A thread of the job dies. */
    @LaunchDaemon(label = "uncaught")
    @Component
    public static class Uncaught {
        @Activate
        void activate() {
            new Thread(
                            () -> {
                                throw new IllegalStateException("nobody catches this");
                            },
                            "doomed")
                    .start();
        }
    }

    /** Ends the JVM, as it believes, in a thread of its own. */
    @LaunchDaemon(label = "exit")
    @Component
    public static class Exiting {
        @Activate
        void activate() {
            new Thread(
                            () -> {
                                try {
                                    System.exit(3);
                                } finally {
                                    Probe.say("exit", "unwound");
                                }
                            },
                            "leaver")
                    .start();
        }
    }

    /** Halts the JVM, as it believes, in its main. */
    @LaunchDaemon(label = "halt")
    @Component(service = Runnable.class)
    public static class Halting implements Runnable {
        @Override
        public void run() {
            Runtime.getRuntime().halt(4);
            Probe.say("halt", "still there");
        }
    }

    /** Tasks fail in pools, in both ways. */
    @LaunchDaemon(label = "pool")
    @Component(service = Callable.class)
    public static class Pool implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            ExecutorService pool = Executors.newFixedThreadPool(1);
            Future<?> swallowed = pool.submit(() -> {
                throw new IllegalStateException("submitted and failed");
            });
            pool.execute(() -> {
                throw new IllegalStateException("executed and failed");
            });
            pool.submit(() -> Probe.say("pool", "goes on, done before: " + swallowed.isDone()))
                    .get();
            pool.shutdown();
            Probe.latch("pool").await();
            return 0;
        }
    }

    /** Does not come back from its activation. */
    @LaunchDaemon(label = "hangstart")
    @Component
    public static class HangingStart {
        @Activate
        void activate() {
            Probe.say("hangstart", "activating");
            Probe.hang("hangstart");
        }
    }

    /** Does not come back from its deactivation. */
    @LaunchDaemon(label = "hangstop")
    @Component
    public static class HangingStop {
        @Activate
        void activate() {
            Probe.say("hangstop", "activated");
        }

        @Deactivate
        void deactivate() {
            Probe.hang("hangstop");
        }
    }

    /** Forgets a thread. */
    @LaunchDaemon(label = "forgets")
    @Component
    public static class Forgetful {
        @Activate
        void activate() {
            Thread forgotten = new Thread(() -> Probe.hang("forgets"), "forgotten");
            forgotten.setDaemon(true);
            forgotten.start();
            Probe.say("forgets", "activated");
        }
    }

    /** Stops its own bundle from its main. */
    @LaunchDaemon(label = "leaves")
    @Component(service = Callable.class)
    public static class Leaving implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            FrameworkUtil.getBundle(Leaving.class).stop();
            Probe.say("leaves", "stopped");
            return 0;
        }
    }

    /** Makes threads in all the ways that the JDK has for it, and keeps them. */
    @LaunchDaemon(label = "busy")
    @Component
    public static class Busy {
        @Activate
        void activate() {
            Timer timer = new Timer("clockwork", true);
            ThreadPoolExecutor made = new ThreadPoolExecutor(
                    1,
                    1,
                    1,
                    TimeUnit.MINUTES,
                    new ArrayBlockingQueue<>(1),
                    Busy::worker,
                    new ThreadPoolExecutor.AbortPolicy());
            made.prestartAllCoreThreads();
            ThreadPoolExecutor plain = new ThreadPoolExecutor(
                    1, 1, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(1), new ThreadPoolExecutor.AbortPolicy());
            ScheduledThreadPoolExecutor timed = new ScheduledThreadPoolExecutor(1, Busy::worker);
            timed.prestartAllCoreThreads();
            Thread end = new Thread(
                    () -> {
                        Probe.hang("busy");
                        timer.cancel();
                        made.shutdown();
                        plain.shutdown();
                        timed.shutdown();
                    },
                    "end");
            end.start();
            Probe.say("busy", "activated");
        }

        private static Thread worker(Runnable body) {
            return new Thread(body, "worker");
        }
    }

    /** Reports now and then. */
    @LaunchDaemon(label = "watched")
    @Component(service = Runnable.class)
    public static class Watched implements Runnable {
        @Reference
        Run run;

        @Override
        public void run() {
            run.alive();
            Probe.say("watched", "run " + run.id() + " stopping " + run.stopping());
            try {
                Probe.latch("watched").await();
            } catch (InterruptedException e) {
                Probe.say("watched", "stopping " + run.stopping());
            }
        }
    }

    /** Uses threads that belong to nobody. */
    @LaunchDaemon(label = "shared")
    @Component(service = Callable.class)
    public static class Sharing implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            return java.util.concurrent.CompletableFuture.supplyAsync(() -> 5).get();
        }
    }

    /** An activator that does both itself. */
    public static class Own implements BundleActivator {
        @Override
        public void start(BundleContext context) throws Exception {
            // A loop at the very beginning: its stack map frame meets the gate's.
            while (Probe.isClosed("own")) {
                Probe.say("own", "waits");
                Probe.latch("own").await();
            }
            Probe.say("own", "started on " + Thread.currentThread().getName());
        }

        @Override
        public void stop(BundleContext context) {
            Probe.say("own", "stopped on " + Thread.currentThread().getName());
        }
    }

    /** An activator that inherits one half, and calls the other itself. */
    public static class Heir extends Own {
        @Override
        public void start(BundleContext context) throws Exception {
            super.start(context);
            Probe.say("own", "and its heir");
        }
    }

    /** An activator that fails. */
    public static class BrokenActivator implements BundleActivator {
        @Override
        public void start(BundleContext context) {
            throw new IllegalStateException("the activator is broken");
        }

        @Override
        public void stop(BundleContext context) {
            Probe.say("brokenactivator", "stopped");
        }
    }

    /** What a library of the job's does; not part of a job. */
    @Component
    public static class Provider implements Supplier<String> {
        @Reference
        Iterable<String> source;

        @Override
        public String get() {
            return source.iterator().next();
        }
    }
}
