package org.lares.host;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.lares.host.framework.HostFramework;
import org.lares.host.run.Components;
import org.lares.host.run.MainService;
import org.lares.host.run.Stacks;
import org.lares.job.Label;
import org.lares.job.Run;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;

/**
 * The one run of a host: opens the gate on the job's thread, then calls the main on it, as soon as there is one. What it
 * means to be a run is as in the container; the life of the process is the host's.
 */
final class HostRun {

    /** Who decides over the life of the process. Any thread may call, and nothing waits. */
    interface Life {

        /** The first cause is the run's. */
        void end(RunEnd cause);

        /** Whether the run is to end, for whatever reason. Takes no lock. */
        boolean ending();

        /** The job is active. */
        void ready();

        /** The job reported that it does its work. */
        void alive();

        void note(String text);
    }

    private final RunId id;
    private final Life life;
    private final HostFramework framework;
    private final Components components;
    private final MainService main;
    private final Gate gate;
    private final Thread thread;

    private volatile boolean activating = true;

    // All of these under the lock of this object.
    private boolean changed;
    private boolean over;
    private boolean unending;

    HostRun(RunId id, String label, HostFramework framework, Life life) {
        this.id = id;
        this.life = life;
        this.framework = framework;
        this.components = new Components(framework.context());
        this.main = new MainService(framework.job(), new Label(label));
        this.gate = new Gate(framework);
        this.thread = new Thread(new RunThreads(label, this::uncaught), this::run, "job " + label);
    }

    void start() throws InvalidSyntaxException {
        Thread.setDefaultUncaughtExceptionHandler(this::uncaught);
        framework.context().addServiceListener(event -> servicesChanged(), MainService.FILTER);
        framework.context().addBundleListener((SynchronousBundleListener) this::bundleChanged);
        thread.start();
    }

    RunId id() {
        return id;
    }

    Thread thread() {
        return thread;
    }

    boolean activating() {
        return activating;
    }

    // On the job's thread.

    private void run() {
        try {
            if (activate()) {
                life.ready();
                awaitMain().ifPresent(this::callMain);
            }
        } finally {
            synchronized (this) {
                over = true;
                notifyAll();
            }
        }
    }

    private boolean activate() {
        Bundle job = framework.job();
        Log.lifecycle("run " + id + " starts in process "
                + ProcessHandle.current().pid() + ": bundle " + job.getSymbolicName() + "/" + job.getVersion());
        try {
            gate.open(new Handle());
        } catch (Throwable e) {
            if (!(life.ending() && MainService.isInterruption(e))) {
                life.end(failure(Cause.ACTIVATION_FAILED, e));
            }
            return false;
        } finally {
            activating = false;
        }
        Optional<String> failure = components.failure(job);
        failure.ifPresent(text -> life.end(RunEnd.of(
                text.contains(OutOfMemoryError.class.getName()) ? Cause.OUT_OF_MEMORY : Cause.ACTIVATION_FAILED,
                text)));
        return failure.isEmpty();
    }

    /** Empty if the run is ending. */
    private Optional<ServiceReference<?>> awaitMain() {
        while (true) {
            Optional<ServiceReference<?>> reference = main.find();
            synchronized (this) {
                if (life.ending()) {
                    return Optional.empty();
                }
                if (reference.isPresent()) {
                    return reference;
                }
                try {
                    while (!changed && !life.ending()) {
                        wait();
                    }
                } catch (InterruptedException e) {
                    // By the run's end, which is looked for next, or by the job's own code, which is not asked to wait.
                    continue;
                }
                changed = false;
            }
        }
    }

    private void callMain(ServiceReference<?> reference) {
        Object object = main.object(reference);
        if (object == null && life.ending()) {
            // Deactivated between the look and the fetching.
            return;
        }
        if (object == null) {
            life.end(RunEnd.of(
                    Cause.ACTIVATION_FAILED,
                    components.failure(framework.job()).orElse("the main's service is registered but cannot be had")));
            return;
        }
        try {
            int code = 0;
            if (object instanceof Callable<?> callable) {
                code = callable.call() instanceof Number number ? number.intValue() : 0;
            } else {
                ((Runnable) object).run();
            }
            // The service is not given back: that would deactivate here, before the end has begun, and with no bound.
            life.end(RunEnd.of(Cause.RETURNED, code));
        } catch (Throwable e) {
            if (!(life.ending() && MainService.isInterruption(e))) {
                life.end(failure(Cause.THREW, e));
            }
        }
    }

    // On threads of the framework and of the job.

    private synchronized void servicesChanged() {
        changed = true;
        notifyAll();
    }

    private void bundleChanged(BundleEvent event) {
        // The framework itself calls it stopping when its activator throws.
        if (event.getType() == BundleEvent.STOPPING
                && event.getBundle().equals(framework.job())
                && !activating
                && !life.ending()) {
            life.end(RunEnd.of(Cause.BUNDLE_STOPPED, ""));
        }
    }

    /**
     * A worker of a pool has failed a task, and its pool goes on; any other thread takes the run with it. A lack of memory
     * is nobody's own: it ends the run wherever it shows.
     */
    private void uncaught(Thread where, Throwable thrown) {
        String text = thrown + " in thread \"" + where.getName() + "\"";
        boolean memory = isOutOfMemory(thrown);
        if (MainService.isPooled(thrown) && !memory) {
            life.note("failed task in thread \"" + where.getName() + "\": " + thrown);
            Log.error("failed task: " + text + "\n" + Stacks.of(thrown));
            return;
        }
        // Told first: to write the log takes memory too.
        life.end(RunEnd.of(
                memory ? Cause.OUT_OF_MEMORY : Cause.UNCAUGHT, memory ? text : text + "\n" + Stacks.of(thrown)));
        Log.error("uncaught: " + text + "\n" + Stacks.of(thrown));
    }

    private static RunEnd failure(Cause cause, Throwable thrown) {
        return isOutOfMemory(thrown)
                ? RunEnd.of(Cause.OUT_OF_MEMORY, Stacks.of(thrown))
                : RunEnd.of(cause, Stacks.of(thrown));
    }

    private static boolean isOutOfMemory(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 16; depth++, cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
        }
        return false;
    }

    // On the thread that ends the process.

    /** Has the job's thread look whether the run is ending. */
    synchronized void endingChanged() {
        notifyAll();
    }

    /** Interrupts the main and deactivates. Calls the job's code. */
    void close() {
        synchronized (this) {
            if (!over) {
                thread.interrupt();
            }
        }
        gate.close();
    }

    /** The job's thread will not come back: it has called {@code exit}. */
    synchronized void unending() {
        unending = true;
        notifyAll();
    }

    /** Waits until the job's thread has left the job's code, or never will. */
    synchronized void awaitOver() {
        while (!over && !unending) {
            try {
                // The only wait here with an end of its own: nobody tells that the thread has called exit meanwhile.
                wait(200);
            } catch (InterruptedException e) {
                // By the job's code: the thread that ends the process has nobody else to listen to.
                continue;
            }
            unending |= ExitCall.isIn(thread);
        }
    }

    private final class Handle implements Run {
        @Override
        public RunId id() {
            return id;
        }

        @Override
        public void alive() {
            if (!life.ending()) {
                life.alive();
            }
        }

        @Override
        public boolean stopping() {
            return life.ending();
        }
    }
}
