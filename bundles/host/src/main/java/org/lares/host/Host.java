package org.lares.host;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lares.host.framework.HostFramework;
import org.lares.host.run.Stacks;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.Order;

/**
 * The process of an isolated job, from the order on its standard input to its last frame.
 *
 * <p>The JVM's first thread leads the life of the process: it makes the framework, waits for Go, and ends what is to
 * be ended; so an end needs no thread that the machine may not give any more. The job's code runs on a thread of its
 * own. The line to the container has two, and nobody waits for it.
 *
 * <p><b>The end.</b> The first cause counts. A last frame is written when the cause is a failure, and again when the
 * job is deactivated and the framework down; then it is sent and the process ends. Its exit status is the main's for
 * RETURNED, 0 for STOPPED, 1 for all else.
 *
 * <ul>
 *   <li>{@code exit} called by the job: EXIT_CALLED with the caller's stack; deactivation is tried for at most 5 s.
 *       The frame has no code, since the JVM does not tell it: it is the process's exit status.
 *   <li>A signal (TERM, INT, HUP): STOPPED with the signal's name as detail, if nothing else ended the run before. That
 *       is not what the container is to report if it did not send the signal; the exit status is the JVM's, 143 for
 *       TERM.
 *   <li>An end that takes three quarters of {@link Order#exitTimeOut} writes where it hangs into the log and the frame:
 *       the cause if there is one, else EXITED with status 1. After all of that time the process halts itself, in case
 *       that there is no container to do it.
 *   <li>{@code Runtime.halt} and crashes leave no frame.
 * </ul>
 *
 * <p>The process ends by {@code System.exit}, not by halting: the job's own shutdown hooks belong to its end, and a JVM
 * that halts writes no class archive. Threads of the job do not hold it. Where even that fails for want of a thread, it
 * halts.
 */
public final class Host implements HostRun.Life, ContainerLine.Listener {
    private static final int LARGEST_ORDER = 1 << 20;

    /** As for a run in the container. */
    private static final long ACTIVATION_MILLIS = 60_000;

    /** The JVM ends by the job's own will: what it left active is deactivated, if that is done soon. */
    private static final long EXIT_MILLIS = 5_000;

    /** For the last frame to leave; the file has it already. */
    private static final long SEND_MILLIS = 1_000;

    private static final long UNLIMITED_MILLIS = TimeUnit.DAYS.toMillis(1);

    private final Order order;
    private final LastFrame frame;
    private final ContainerLine line;
    private final Thread leader = Thread.currentThread();
    private final CountDownLatch concluded = new CountDownLatch(1);

    private volatile boolean ending;
    private volatile boolean exiting;
    private volatile int status = 1;

    /** Whether the last word is said; under the lock of the frame, which is written no more. */
    private boolean framed;

    /** Where the end hung when most of its time was over; under the lock of the frame. */
    private RunEnd overdue;

    // Written by the leader only.
    private volatile HostFramework framework;
    private volatile HostRun run;

    // All of these under the lock of this object.
    private final Map<String, Configuration> changes = new LinkedHashMap<>();
    private FromContainer.Go go;
    private RunEnd verdict;

    private Host(Order order) {
        this.order = order;
        this.frame = new LastFrame(order.folder());
        this.line = new ContainerLine(order, this);
    }

    /** Takes no arguments: all that it needs to know is in the order, an {@link Order} on standard input. */
    public static void main(String[] arguments) {
        Preload.begin();
        Order order;
        try {
            order = read(System.in);
        } catch (IOException | RuntimeException e) {
            Log.error("cannot be a host: " + e.getMessage() + "; a container starts hosts, nobody else");
            System.exit(1);
            return;
        }
        new Host(order).live();
    }

    private static Order read(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(LARGEST_ORDER + 1);
        if (bytes.length > LARGEST_ORDER) {
            throw new ProtocolException("the order on standard input is larger than " + LARGEST_ORDER + " bytes");
        }
        return Order.decode(bytes);
    }

    // The leader.

    private void live() {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(this::shutDown, "lares-host-shutdown"));
            line.open();
            framework = HostFramework.launch(order, line::wanted);
            if (order.run().isEmpty()) {
                new Warmth(framework).make(order.label());
                Log.lifecycle(
                        "waits for a run in process " + ProcessHandle.current().pid());
                line.ready();
            }
            Optional<FromContainer.Go> begun = awaitGo();
            if (begun.isPresent()) {
                begin(begun.get());
                lead();
            }
        } catch (Throwable e) {
            boolean memory = e instanceof OutOfMemoryError;
            end(RunEnd.of(memory ? Cause.OUT_OF_MEMORY : Cause.ACTIVATION_FAILED, Stacks.of(e)));
        }
        conclude();
    }

    /** Empty if the process is to end. */
    private synchronized Optional<FromContainer.Go> awaitGo() {
        while (go == null && !ending) {
            await(0);
        }
        return ending ? Optional.empty() : Optional.of(go);
    }

    private void begin(FromContainer.Go begun) throws Exception {
        framework.configure(begun.configurations());
        HostRun made = new HostRun(RunId.of(Long.parseLong(begun.run())), order.label(), framework, this);
        run = made;
        made.start();
    }

    /** Until the end: hands on what changes, and bounds the activation. */
    private void lead() {
        long deadline = System.nanoTime() + ACTIVATION_MILLIS * 1_000_000;
        while (!ending) {
            List<Configuration> changed;
            synchronized (this) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (changes.isEmpty() && !ending && !(run.activating() && left <= 0)) {
                    await(Math.max(0, left));
                }
                changed = List.copyOf(changes.values());
                changes.clear();
            }
            if (!changed.isEmpty()) {
                framework.configure(changed);
            }
            if (run.activating() && deadline - System.nanoTime() <= 0) {
                end(RunEnd.of(
                        Cause.ACTIVATION_FAILED,
                        "activation took longer than " + ACTIVATION_MILLIS / 1000 + " s\n"
                                + Stacks.of(run.thread(), "")));
            }
        }
    }

    /** @param millis 0 for no limit */
    private void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            // By the job's code, which has no business with this thread: as a spurious wakeup.
            Thread.interrupted();
        }
    }

    private void conclude() {
        long deadline = System.nanoTime() + order.exitTimeOut() * 1_000_000;
        new EndGuard(order.exitTimeOut(), this::late, this::tooLate).begin();
        Optional<RunEnd> known = verdict();
        known.ifPresent(end -> frame.write(last(end)));
        HostRun one = run;
        boolean halfway = one != null && one.activating();
        if (one != null) {
            one.close();
            one.awaitOver();
        }
        // What is half activated holds locks of SCR's while its thread does not come back from exit.
        boolean ended = true;
        if (framework != null && !(halfway && ExitCall.isIn(one.thread()))) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            ended = stopFramework(order.exitTimeOut() == 0 ? UNLIMITED_MILLIS : Math.max(1, left));
        }
        finish(ended);
        exiting = true;
        try {
            System.exit(status);
        } catch (OutOfMemoryError e) {
            // No thread for the hooks.
            Runtime.getRuntime().halt(status);
        }
    }

    private boolean stopFramework(long millis) {
        try {
            if (framework.stop(millis)) {
                return true;
            }
            Log.warn("the framework does not stop; the process ends nevertheless");
        } catch (RuntimeException e) {
            Log.warn("the framework does not stop: " + e + "; the process ends nevertheless");
        }
        return false;
    }

    /**
     * Says the last word.
     *
     * @param ended whether the job's code let it come to this; else the end is the one that hung
     */
    private void finish(boolean ended) {
        RunEnd end;
        synchronized (frame) {
            if (framed) {
                return;
            }
            framed = true;
            end = !ended && overdue != null ? overdue : verdict().orElseGet(() -> RunEnd.of(Cause.STOPPED, ""));
            status = status(end);
            frame.write(last(end));
        }
        Log.lifecycle((run == null ? "host " + order.id() : "run " + run.id()) + " ended: " + end.text()
                + (end.detail().indexOf('\n') > 0 ? "\n" + end.detail() : ""));
        line.last(last(end), SEND_MILLIS);
        concluded.countDown();
    }

    private static int status(RunEnd end) {
        return switch (end.cause()) {
            case RETURNED -> end.code().orElse(0);
            case STOPPED -> 0;
            default -> 1;
        };
    }

    private synchronized Optional<RunEnd> verdict() {
        return Optional.ofNullable(verdict);
    }

    private static FromHost.Last last(RunEnd end) {
        return new FromHost.Last(
                end.cause().name(), end.code().stream().asLongStream().boxed().findFirst(), end.detail());
    }

    // The guard of the end.

    private void late(String stacks) {
        RunEnd end;
        synchronized (frame) {
            if (framed) {
                return;
            }
            RunEnd cause =
                    verdict().orElseGet(() -> new RunEnd(Cause.EXITED, OptionalInt.of(1), OptionalInt.empty(), ""));
            String where = "it was to end and does not:\n" + stacks;
            end = new RunEnd(
                    cause.cause(),
                    cause.code(),
                    cause.signal(),
                    cause.detail().isEmpty() ? where : cause.detail() + "\n" + where);
            overdue = end;
            frame.write(last(end));
        }
        Log.lifecycle("the end takes long; the stacks of all threads:\n" + stacks);
        line.note("its end takes long; the stacks of its threads were written to its log");
    }

    private void tooLate() {
        Log.lifecycle("did not end within " + order.exitTimeOut() + " ms; halted");
        Runtime.getRuntime().halt(status);
    }

    // Within the JVM's shutdown.

    private void shutDown() {
        if (exiting) {
            return;
        }
        Optional<ExitCall> call = ExitCall.find();
        boolean signal = call.isPresent() && call.get().signal().isPresent();
        if (!signal) {
            end(RunEnd.of(Cause.EXIT_CALLED, call.map(ExitCall::stack).orElse("by nobody known")));
        } else if (!ending) {
            end(RunEnd.of(Cause.STOPPED, call.get().signal().get()));
        }
        if (call.isPresent() && call.get().thread() == leader) {
            // From within a deactivation: there is nobody left to go on with it.
            finish(true);
            return;
        }
        HostRun one = run;
        if (one != null && call.isPresent() && call.get().thread() == one.thread()) {
            one.unending();
        }
        long most = order.exitTimeOut() == 0 ? UNLIMITED_MILLIS : order.exitTimeOut();
        try {
            if (!concluded.await(signal ? most : Math.min(most, EXIT_MILLIS), TimeUnit.MILLISECONDS)) {
                finish(false);
            }
        } catch (InterruptedException e) {
            finish(false);
        }
    }

    // Told by the run and the line, on any thread.

    @Override
    public void end(RunEnd cause) {
        synchronized (this) {
            if (verdict == null) {
                verdict = cause;
            }
        }
        beginEnding();
    }

    private void beginEnding() {
        synchronized (this) {
            ending = true;
            notifyAll();
        }
        HostRun one = run;
        if (one != null) {
            one.endingChanged();
        }
    }

    @Override
    public boolean ending() {
        return ending;
    }

    @Override
    public void ready() {
        line.ready();
    }

    @Override
    public void alive() {
        line.alive();
    }

    @Override
    public void note(String text) {
        line.note(text);
    }

    @Override
    public synchronized void go(FromContainer.Go begun) {
        go = begun;
        notifyAll();
    }

    @Override
    public synchronized void configured(Configuration configuration) {
        changes.put(configuration.pid(), configuration);
        notifyAll();
    }

    @Override
    public void stop(String reason) {
        Log.lifecycle("asked to stop" + (reason.isEmpty() ? "" : ": " + reason));
        beginEnding();
    }

    /** A run goes on without its container; a spare is of no use to anybody. */
    @Override
    public void lost(String reason) {
        boolean useless;
        synchronized (this) {
            useless = order.run().isEmpty() && go == null;
        }
        if (useless) {
            end(RunEnd.of(Cause.STOPPED, "a spare without its container: " + reason));
        }
    }
}
