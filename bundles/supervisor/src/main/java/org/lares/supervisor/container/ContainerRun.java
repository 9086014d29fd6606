package org.lares.supervisor.container;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.lares.host.run.Components;
import org.lares.host.run.Failure;
import org.lares.host.run.MainService;
import org.lares.host.run.Stacks;
import org.lares.job.Run;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.woven.JobCalls;
import org.lares.supervisor.woven.RunExit;
import org.lares.supervisor.woven.RunHooks;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * One run of a bundle: opens the gate on a thread of the job, calls the main when there is one, and closes the gate
 * again, whatever the cause.
 *
 * <pre>
 *   LIVE --(asked to, main over, failure)--> ENDING --(own threads over)--> ENDED
 *                                              \--(force had no effect)---> ENDED, hung
 * </pre>
 *
 * The first cause is the run's; what fails after it is only noted. The supervisor's own threads of a run exist while
 * there is something to do: one for the activation and then the main, one for the end. Any thread may call, none waits
 * except in {@link #await}.
 */
final class ContainerRun {
    private enum Phase {
        LIVE,
        ENDING,
        ENDED
    }

    /** What a run needs of its surroundings. */
    record Surroundings(
            BundleContext supervisor, ScheduledExecutorService timer, Components components, Limits limits) {}

    private final Launch launch;
    private final RunListener listener;
    private final Bundle bundle;
    private final Surroundings at;
    private final RunThreads threads;
    private final RunLog log;
    private final MainCall main;
    private final RunFaults faults;
    private final Gate gate;
    private final CountDownLatch over = new CountDownLatch(1);

    // All of these under the lock of this object.
    private Phase phase = Phase.LIVE;
    private RunEnd verdict;
    private int busy;
    private boolean activating = true;
    private ScheduledFuture<?> activationLimit;
    private Optional<Watchdog> watchdog = Optional.empty();
    private ScheduledFuture<?> forced;

    ContainerRun(
            Launch launch,
            RunListener listener,
            Bundle bundle,
            Optional<RunHooks.Deferred> activator,
            JobGroup group,
            Surroundings at) {
        this.launch = launch;
        this.listener = listener;
        this.bundle = bundle;
        this.at = at;
        this.threads = new RunThreads(group, this::uncaught);
        this.log = new RunLog(launch.log());
        this.main = new MainCall(
                new MainService(bundle, launch.spec().label()), bundle, at.components(), this::goesOn, this::end);
        this.faults = new RunFaults(threads, log, this::note, this::end);
        this.gate = new Gate(bundle, activator, at.supervisor(), this::stopFailed);
        group.uncaught(this::uncaught);
    }

    RunId id() {
        return launch.run();
    }

    Bundle bundle() {
        return bundle;
    }

    RunThreads threads() {
        return threads;
    }

    RunLog log() {
        return log;
    }

    synchronized boolean live() {
        return phase != Phase.ENDED;
    }

    private synchronized boolean goesOn() {
        return phase == Phase.LIVE;
    }

    /** Whether a thread of the supervisor's is still in the bundle's code. */
    synchronized boolean busy() {
        return busy > 0;
    }

    synchronized boolean activating() {
        return activating;
    }

    void start() {
        listener.started(id(), Optional.empty());
        synchronized (this) {
            activationLimit = schedule(this::activationTooLong, at.limits().activation());
            watchdog = launch.spec()
                    .policy()
                    .watchdog()
                    .map(period -> new Watchdog(period, at.timer(), this::watchdogMissed));
        }
        try {
            own("job " + launch.spec().label(), this::activate);
        } catch (OutOfMemoryError e) {
            noThread(e);
        }
    }

    /** The machine gives no thread any more; nothing of the bundle has been called. */
    private void noThread(OutOfMemoryError error) {
        synchronized (this) {
            phase = Phase.ENDED;
            activating = false;
            activationLimit.cancel(false);
            watchdog.ifPresent(Watchdog::stop);
        }
        report(RunEnd.of(
                Cause.SPAWN_FAILED,
                "no thread for the run: " + error.getMessage()
                        + "; end other threads or raise the limit of processes"));
    }

    private ScheduledFuture<?> schedule(Runnable task, Duration delay) {
        return at.timer().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Runs in a thread of the supervisor's own for this run, which is not over before. */
    private void own(String name, Runnable body) {
        synchronized (this) {
            busy++;
        }
        counted(name, body);
    }

    /** As {@link #own}, the thread being counted already. */
    private void counted(String name, Runnable body) {
        try {
            threads.start(name, () -> inOwn(name, body));
        } catch (OutOfMemoryError e) {
            synchronized (this) {
                busy--;
            }
            throw e;
        }
    }

    private void inOwn(String name, Runnable body) {
        try {
            body.run();
        } catch (RunExit e) {
            log.lifecycle("thread \"" + name + "\" unwound by " + e.getMessage());
        } finally {
            left();
        }
    }

    private void left() {
        synchronized (this) {
            busy--;
            if (busy > 0 || phase != Phase.ENDING) {
                return;
            }
        }
        conclude();
    }

    // The way in.

    private void activate() {
        log.lifecycle(
                "run " + id() + " of " + launch.domain().target(launch.spec().label()) + " starts: bundle "
                        + bundle.getSymbolicName() + "/" + bundle.getVersion() + " [" + bundle.getBundleId() + "]");
        Optional<ServiceReference<?>> early;
        Optional<Object> object;
        try {
            gate.open(new Handle());
            early = at.components().failure(bundle).isEmpty() ? main.take() : Optional.empty();
            object = early.flatMap(main::fetch);
        } catch (RunExit e) {
            return;
        } catch (Throwable e) {
            failedToActivate(e);
            return;
        } finally {
            synchronized (this) {
                activating = false;
                activationLimit.cancel(false);
            }
        }
        at.components()
                .ungated(bundle)
                .forEach(name -> note("component " + name
                        + " is activated with its bundle, not with the run; annotate it" + " with @JobComponent"));
        Optional<String> failure = at.components().failure(bundle);
        if (failure.isPresent()) {
            end(Failure.ofComponent(failure.get()));
        } else if (early.isEmpty()) {
            listener.ready(id());
            main.callIfThere();
        } else if (object.isPresent()) {
            listener.ready(id());
            main.call(object.get());
        }
    }

    private void failedToActivate(Throwable thrown) {
        synchronized (this) {
            if (phase != Phase.LIVE && MainService.isInterruption(thrown)) {
                return;
            }
        }
        end(Failure.of(Cause.ACTIVATION_FAILED, thrown));
    }

    private void activationTooLong() {
        if (activating()) {
            end(RunEnd.of(
                    Cause.ACTIVATION_FAILED,
                    "activation took longer than " + at.limits().activation().toSeconds() + " s\n" + threads.deadlocks()
                            + threads.ownStacks()));
            force();
        }
    }

    /** A service of the bundle's has come or changed. */
    void servicesChanged() {
        synchronized (this) {
            if (phase != Phase.LIVE || activating) {
                return;
            }
        }
        if (main.awaited()) {
            own("job " + launch.spec().label(), main::callIfThere);
        }
    }

    // The way out.

    /** Asks the run to end; nothing more happens if it is ending already. */
    void stop() {
        end(null);
    }

    /** @param cause null if it was asked to */
    void end(RunEnd cause) {
        synchronized (this) {
            if (phase == Phase.ENDED) {
                return;
            }
            if (verdict == null) {
                verdict = cause;
            }
            if (phase == Phase.ENDING) {
                return;
            }
            phase = Phase.ENDING;
            // Counted at once: else the main, about to be interrupted, could be the last to leave, the gate still open.
            busy++;
            watchdog.ifPresent(Watchdog::stop);
        }
        threads.interruptOwn();
        counted("job " + launch.spec().label() + " stop", gate::close);
    }

    private void stopFailed(Throwable thrown) {
        note("the activator's stop threw " + thrown);
        if (!(thrown instanceof RunExit)) {
            log.append("error", Stacks.of(thrown));
        }
    }

    private void conclude() {
        RunEnd end;
        threads.awaitOthers(at.limits().stragglers());
        synchronized (this) {
            if (phase == Phase.ENDED) {
                return;
            }
            phase = Phase.ENDED;
            if (forced != null) {
                forced.cancel(false);
            }
            end = verdict == null ? RunEnd.of(Cause.STOPPED, "") : verdict;
        }
        Set<Thread> left = threads.others();
        left.forEach(thread -> note("left behind: " + threads.describe(thread)));
        report(end.withLeftThreads(left.size()));
    }

    /** Interrupts everything, and gives the run up if that does not help. */
    void force() {
        end(null);
        threads.interruptAll();
        synchronized (this) {
            if (phase != Phase.ENDED && forced == null) {
                forced = schedule(this::giveUp, at.limits().force());
            }
        }
    }

    private void giveUp() {
        RunEnd end;
        synchronized (this) {
            if (phase == Phase.ENDED) {
                return;
            }
            phase = Phase.ENDED;
            String why = verdict == null ? "" : verdict.text() + "\n";
            end = RunEnd.of(
                    Cause.HUNG,
                    "threads of the run do not react to interruption; in a shared JVM only a restart of the container ends"
                            + " them. Give such code a process of its own: Isolation = Process\n"
                            + why
                            + threads.deadlocks()
                            + threads.ownStacks());
        }
        report(end.withLeftThreads(threads.living()));
    }

    private void report(RunEnd end) {
        log.lifecycle(
                "run " + id() + " ended: " + end.text() + (end.detail().indexOf('\n') > 0 ? "\n" + end.detail() : ""));
        var usage = threads.usage();
        threads.abandon();
        listener.ended(id(), end, Optional.of(usage));
        over.countDown();
    }

    /** Waits for the end, not longer than given. Not for the run's own threads. */
    boolean await(Duration most) {
        try {
            return over.await(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // What happens meanwhile.

    void exit(int status) {
        end(RunEnd.of(Cause.EXIT_CALLED, status));
    }

    private void uncaught(Thread thread, Throwable thrown) {
        faults.uncaught(thread, thrown);
    }

    JobCalls.ExecutorNotes executor() {
        return faults.executor();
    }

    void unattributed(String what) {
        faults.unattributed(what);
    }

    private void note(String text) {
        log.lifecycle(text);
        listener.noted(id(), text);
    }

    void dumpStacks() {
        log.lifecycle("stacks of the job's threads\n" + threads.allStacks());
        listener.noted(id(), "the stacks of its threads were written to its log");
    }

    /** Whether the bundle's code keeps the supervisor waiting, and where; for people. */
    Optional<String> hangsIn() {
        String what;
        synchronized (this) {
            if (phase == Phase.ENDING) {
                what = "it was asked to end and does not: ";
            } else if (activating) {
                what = "its activation has not returned: ";
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(what + threads.ownStacks());
    }

    private void watchdogMissed(Duration silent) {
        end(RunEnd.of(
                Cause.WATCHDOG,
                "no sign of life for " + silent.toSeconds() + " s\n" + threads.deadlocks() + threads.allStacks()));
    }

    private final class Handle implements Run {
        @Override
        public RunId id() {
            return launch.run();
        }

        @Override
        public void alive() {
            Optional<Watchdog> told;
            synchronized (ContainerRun.this) {
                told = watchdog;
            }
            told.ifPresent(Watchdog::alive);
        }

        @Override
        public boolean stopping() {
            synchronized (ContainerRun.this) {
                return phase != Phase.LIVE;
            }
        }
    }
}
