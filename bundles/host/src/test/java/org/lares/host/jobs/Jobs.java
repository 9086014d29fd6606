package org.lares.host.jobs;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.lares.job.Run;
import org.lares.job.annotations.LaunchDaemon;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;

/** The code of the test jobs. What they say to the test is on their standard output. */
public final class Jobs {
    private Jobs() {}

    static void say(String what) {
        System.out.println(what);
        System.out.flush();
    }

    /** A main that returns. */
    @LaunchDaemon(label = "job")
    @Component(service = Callable.class)
    public static class Returns implements Callable<Integer> {
        @Override
        public Integer call() {
            return 7;
        }
    }

    /** A main that throws. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class Throws implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("the main is broken");
        }
    }

    /** No main; a thread of its dies. */
    @LaunchDaemon(label = "job")
    @Component
    public static class Uncaught {
        @Activate
        void activate() {
            new Thread(
                            () -> {
                                throw new IllegalStateException("the thread is broken");
                            },
                            "worker")
                    .start();
        }
    }

    /** A task of a pool fails, and nothing else. */
    @LaunchDaemon(label = "job")
    @Component(service = Callable.class)
    public static class FailedTask implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            ExecutorService pool = Executors.newFixedThreadPool(1);
            pool.execute(() -> {
                throw new IllegalStateException("the task is broken");
            });
            pool.shutdown();
            pool.awaitTermination(1, TimeUnit.MINUTES);
            return 0;
        }
    }

    /** A task of a pool finds no memory. */
    @LaunchDaemon(label = "job")
    @Component
    public static class NoMemory {
        @Activate
        void activate() {
            Executors.newFixedThreadPool(1).execute(() -> {
                throw new OutOfMemoryError("unable to create native thread");
            });
        }
    }

    /** A component that cannot be activated. */
    @LaunchDaemon(label = "job")
    @Component
    public static class Broken {
        @Activate
        void activate() {
            throw new IllegalStateException("the component is broken");
        }
    }

    /** A main that cannot be activated, which is tried when it is fetched. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class BrokenMain implements Runnable {
        @Activate
        void activate() {
            throw new IllegalStateException("the main's component is broken");
        }

        @Override
        public void run() {
            say("never");
        }
    }

    /** An activator that cannot start. */
    public static class BrokenActivator implements BundleActivator {
        @Override
        public void start(BundleContext context) {
            throw new IllegalStateException("the activator is broken");
        }

        @Override
        public void stop(BundleContext context) {
            say("never");
        }
    }

    /** An activator that does not stop. */
    public static class HangingActivator implements BundleActivator {
        @Override
        public void start(BundleContext context) {
            say("active");
        }

        @Override
        public void stop(BundleContext context) {
            while (true) {
                java.util.concurrent.locks.LockSupport.park();
                Thread.interrupted();
            }
        }
    }

    /** A main that ends the JVM. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class Exits implements Runnable {
        @Override
        public void run() {
            System.exit(3);
        }

        @Deactivate
        void deactivate() {
            say("deactivated");
        }
    }

    /** Ends the JVM while it is activated, holding SCR's locks. */
    @LaunchDaemon(label = "job")
    @Component
    public static class ExitsEarly {
        @Activate
        void activate() {
            System.exit(4);
        }
    }

    /** Ends the JVM while it is deactivated. */
    @LaunchDaemon(label = "job")
    @Component
    public static class ExitsLate {
        @Deactivate
        void deactivate() {
            System.exit(5);
        }
    }

    /** Leaves no word. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class Halts implements Runnable {
        @Override
        public void run() {
            Runtime.getRuntime().halt(9);
        }
    }

    /** Only there, with a thread that would hold any JVM. */
    @LaunchDaemon(label = "job")
    @Component
    public static class Plain {
        @Activate
        void activate() {
            new Thread(
                            () -> {
                                while (true) {
                                    java.util.concurrent.locks.LockSupport.park();
                                }
                            },
                            "holder")
                    .start();
            say("activated");
        }

        @Deactivate
        void deactivate() {
            say("deactivated");
        }
    }

    /** A main that lasts until it is asked to end, and says so by its code. It reports when it has begun. */
    @LaunchDaemon(label = "job")
    @Component(service = Callable.class)
    public static class Obeys implements Callable<Integer> {
        @Reference
        Run run;

        @Override
        public Integer call() {
            run.alive();
            try {
                new CountDownLatch(1).await();
                return 1;
            } catch (InterruptedException e) {
                return run.stopping() ? 6 : 2;
            }
        }
    }

    /** A main that is deaf. It reports when it has begun. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class Ignores implements Runnable {
        @Reference
        Run run;

        @Override
        public void run() {
            run.alive();
            while (true) {
                java.util.concurrent.locks.LockSupport.park();
                Thread.interrupted();
            }
        }
    }

    /** A component that hangs in its end. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class HangsAtLast implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("the main is broken");
        }

        @Deactivate
        void deactivate() {
            while (true) {
                java.util.concurrent.locks.LockSupport.park();
            }
        }
    }

    /** Returns what its configuration says, once that was changed. */
    @LaunchDaemon(label = "job")
    @Component(service = Callable.class, configurationPid = "the.pid")
    public static class Configured implements Callable<Integer> {
        private final CountDownLatch changed = new CountDownLatch(1);
        private final AtomicInteger code = new AtomicInteger();

        @Activate
        void activate(Map<String, Object> properties) {
            code.set((Integer) properties.get("code"));
        }

        @Modified
        void modified(Map<String, Object> properties) {
            code.addAndGet((Integer) properties.get("code"));
            changed.countDown();
        }

        @Override
        public Integer call() throws Exception {
            changed.await();
            return code.get();
        }
    }

    /** Reports much. */
    @LaunchDaemon(label = "job")
    @Component(service = Callable.class)
    public static class Reports implements Callable<Integer> {
        @Reference
        Run run;

        @Override
        public Integer call() throws Exception {
            for (int i = 0; i < 100_000; i++) {
                run.alive();
            }
            new CountDownLatch(1).await();
            return 0;
        }
    }

    /** Takes its own bundle away. */
    @LaunchDaemon(label = "job")
    @Component(service = Runnable.class)
    public static class StopsItself implements Runnable {
        @Override
        public void run() {
            try {
                FrameworkUtil.getBundle(StopsItself.class).stop();
            } catch (org.osgi.framework.BundleException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
