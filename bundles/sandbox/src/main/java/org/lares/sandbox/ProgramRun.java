package org.lares.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.lares.job.Limits;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.job.Work.ProgramWork;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.posix.Exit;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Pipe;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;

/**
 * One run, from its process to the end of its process group.
 *
 * <p>When the leader ends, the rest of its group gets SIGTERM, unless AbandonProcessGroup is set, and so
 * does who has left it but not the run's control groups; the end is reported when {@link GroupEnding} is through with them
 * (launchd.plist(5), AbandonProcessGroup, says "kills"; launchd 842 sends SIGTERM and looks no further). The group is
 * signalled before the leader is waited for: until then the kernel gives its number to nobody else.
 *
 * <p>{@link #signal} and {@link #stopped} may be called by any thread; the methods that begin a run by the spawner's; all
 * else happens on the reaper's.
 */
final class ProgramRun {
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;
    private static final int STATUS_LIMIT = 4096;

    private final Launch launch;
    private final RunListener listener;
    private final Consumer<ProgramRun> forget;
    private final boolean abandons;
    private final Limits limits;

    /** Signals that came before there was a process. Guarded by this. */
    private final List<Integer> early = new ArrayList<>();
    /** Guarded by this. */
    private Optional<Pidfd> process = Optional.empty();
    /** Why the process cannot be reached; guarded by this. */
    private Optional<String> unreachable = Optional.empty();
    /** Whether the whole group was ended by force; guarded by this. */
    private boolean forced;

    /** Guarded by this. */
    private Optional<Leaf> leaf = Optional.empty();

    /** For the listener, once the run has started. Belongs to the thread that begins the run, then to the reaper's. */
    private final List<String> notes = new ArrayList<>();

    private Reaper reaper;
    private Pidfd leader;
    private ProcessIdentity identity;
    private boolean child;
    private Pipe status;
    private final StringBuilder complaints = new StringBuilder();
    private boolean ready;
    private Exit exit;
    private GroupEnding ending;

    /** @param forget called once, before the end is reported */
    ProgramRun(Launch launch, RunListener listener, Consumer<ProgramRun> forget) {
        this.launch = launch;
        this.listener = listener;
        this.forget = forget;
        ProgramWork work = (ProgramWork) launch.spec().work();
        this.abandons = work.abandonProcessGroup();
        this.limits = work.limits();
    }

    RunId id() {
        return launch.run();
    }

    Launch launch() {
        return launch;
    }

    /** Its control groups; before it begins. */
    synchronized void in(Leaf groups) {
        leaf = Optional.of(groups);
    }

    synchronized Optional<Leaf> leaf() {
        return leaf;
    }

    /** Something for the listener, once the run has started; before it begins. */
    void note(String note) {
        notes.add(note);
    }

    // The beginning: one of these, once.

    /** The program runs, as a child of this process or adopted. */
    void begin(Reaper owner, Pidfd pidfd, ProcessIdentity who, boolean isChild) {
        take(owner, pidfd, who, isChild);
        ready = true;
        started(Optional.of(identity));
        follow();
    }

    /** A chain runs that is to become the program, and tells of it through the pipe, which is taken over. */
    void beginSetUp(Reaper owner, Pidfd pidfd, ProcessIdentity who, Pipe chain) throws PosixException {
        status = chain;
        take(owner, pidfd, who, true);
        reaper.watch(status, this::heard);
    }

    /** The process ended while nobody watched; the rest of its group is still to be seen to. */
    void beginAfterEnd(Reaper owner, Optional<ProcessIdentity> who, String what) {
        ready = true;
        identity = who.orElse(null);
        reaper = owner;
        started(who);
        reaper.after(Duration.ZERO, () -> end(detail -> RunEnd.of(RunEnd.Cause.UNKNOWN, join(what, detail))));
    }

    /** It may live, but nothing can be done with it nor heard from it in this life of the container. */
    void beginUnreachable(Optional<ProcessIdentity> who, String reason) {
        synchronized (this) {
            unreachable = Optional.of(reason);
        }
        listener.started(id(), who);
        listener.noted(id(), reason);
    }

    private void started(Optional<ProcessIdentity> who) {
        listener.started(id(), who);
        notes.forEach(note -> listener.noted(id(), note));
    }

    private void take(Reaper owner, Pidfd pidfd, ProcessIdentity who, boolean isChild) {
        reaper = owner;
        leader = pidfd;
        identity = who;
        child = isChild;
        synchronized (this) {
            process = Optional.of(pidfd);
            early.forEach(signal -> signal(signal)
                    .ifPresent(reason -> listener.noted(id(), "signal " + signal + " was not sent: " + reason)));
            early.clear();
        }
    }

    private void heard(Reaper.Watch watch) {
        byte[] bytes;
        try {
            bytes = status.read(STATUS_LIMIT);
        } catch (PosixException e) {
            complaints.append(e.getMessage());
            bytes = new byte[0];
        }
        if (bytes == null) {
            return;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf(Command.READY);
        ready = end >= 0;
        if (complaints.length() < STATUS_LIMIT) {
            complaints.append(ready ? text.substring(0, end) : text);
        }
        if (bytes.length > 0 && !ready) {
            return;
        }
        watch.end();
        status.close();
        if (ready) {
            started(Optional.of(identity));
            if (complaints.length() > 0) {
                listener.noted(
                        id(), "while it was set up: " + complaints.toString().strip());
            }
        }
        follow();
    }

    private void follow() {
        try {
            reaper.watch(leader, watch -> {
                watch.end();
                leaderEnded();
            });
        } catch (PosixException e) {
            String reason = "its process " + leader.pid() + " cannot be watched: " + e.getMessage();
            if (child) {
                // Better none than one of which nobody knows whether it lives.
                leader.destroy();
                report(RunEnd.of(RunEnd.Cause.UNKNOWN, reason + ", so it was ended by force"));
            } else {
                listener.noted(id(), reason + "; restart the container to see its end");
            }
        }
    }

    // Signals.

    /** See {@link Runner#signal}. */
    synchronized Optional<String> signal(int signal) {
        if (unreachable.isPresent()) {
            return unreachable;
        }
        if (process.isEmpty()) {
            early.add(signal);
            return Optional.empty();
        }
        try {
            if (signal == SIGKILL && !abandons) {
                forced = true;
                // The group too: where the control group is ended member by member, it is ended at once at least.
                process.get().signalGroup(SIGKILL);
                tree().kill();
            } else {
                process.get().signal(signal == Runner.END ? SIGTERM : signal);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }

    private synchronized ProcessTree tree() {
        return leaf.isPresent() ? leaf.get() : new NamedProcesses(launch, Optional.ofNullable(identity));
    }

    /** What keeps a live process from working, for people; empty if nothing is known of. */
    List<String> stopped() {
        Optional<Pidfd> running;
        synchronized (this) {
            if (unreachable.isPresent()) {
                return List.of(unreachable.get());
            }
            running = process;
        }
        return running.flatMap(pidfd -> ProcStat.of(pidfd.pid()))
                .filter(stat -> stat.state() == 'T' || stat.state() == 't')
                .map(stat -> List.of(
                        "process " + stat.pid() + " is stopped by a signal or a debugger; send it CONT or end that"))
                .orElse(List.of());
    }

    // The end.

    private void leaderEnded() {
        try {
            // A leader that is not ours may have been waited for already: then only a living member keeps the number.
            if (!abandons && (child || ProcessGroup.present(leader.pid()))) {
                leader.signalGroup(force() ? SIGKILL : SIGTERM);
            }
        } catch (IOException e) {
            listener.noted(id(), "the rest of its process group could not be asked to end: " + e.getMessage());
        }
        String unknown = "somebody else waited for its process and the kernel does not tell its exit status";
        try {
            exit = exitOfLeader();
        } catch (PosixException e) {
            unknown = "its exit status could not be asked for: " + e.getMessage();
        }
        String reason = unknown;
        end(detail -> exit == null ? RunEnd.of(RunEnd.Cause.UNKNOWN, join(reason, detail)) : known(detail));
    }

    private interface Ending {
        RunEnd with(String detail);
    }

    private void end(Ending result) {
        if (abandons) {
            report(result.with(""));
            return;
        }
        boolean groupAsked = leader != null;
        ending = new GroupEnding(
                reaper, tree(), pid -> groupAsked && inGroup(pid), detail -> report(result.with(detail)));
        ending.begin(force());
    }

    private boolean inGroup(long pid) {
        return ProcStat.of(pid)
                .filter(stat -> ProcessGroup.belongs(stat, identity.pid()))
                .isPresent();
    }

    private synchronized boolean force() {
        return forced;
    }

    private Exit exitOfLeader() throws PosixException {
        if (child) {
            Optional<Exit> own = leader.reap();
            if (own.isPresent()) {
                return own.get();
            }
        }
        Optional<ProcStat> stat = ProcStat.of(leader.pid());
        if (stat.isPresent()
                && stat.get().dead()
                && stat.get().startTicks() == identity.startTicks()
                && stat.get().showsWaitStatus(Posix.uid())) {
            return Exit.ofWaitStatus(stat.get().waitStatus(), stat.get().cpu(), -1);
        }
        return leader.recall().orElse(null);
    }

    private RunEnd known(String detail) {
        OptionalInt number = OptionalInt.of(exit.number());
        if (!exit.signaled()) {
            return new RunEnd(RunEnd.Cause.EXITED, number, OptionalInt.empty(), detail);
        }
        boolean outOfMemory = exit.number() == SIGKILL
                && !force()
                && leaf().map(Leaf::outOfMemory).orElse(0L) > 0;
        if (!outOfMemory) {
            return new RunEnd(RunEnd.Cause.SIGNALED, OptionalInt.empty(), number, detail);
        }
        if (limits.memory().isEmpty()) {
            String what = "the kernel ended it, the machine's memory being short";
            return new RunEnd(RunEnd.Cause.SIGNALED, OptionalInt.empty(), number, join(what, detail));
        }
        OptionalLong peak = leaf().map(Leaf::peakMemory).orElse(OptionalLong.empty());
        String what = "the limit is " + limits.memory().getAsLong() + " bytes"
                + (peak.isPresent() ? ", its processes had " + peak.getAsLong() + " at most" : "");
        return new RunEnd(RunEnd.Cause.MEMORY_LIMIT, OptionalInt.empty(), number, join(what, detail));
    }

    /** Of all processes, where they have control groups; else of the leader and those it waited for. */
    private Optional<Usage> usage() {
        Optional<Usage> own =
                Optional.ofNullable(exit).filter(Exit::measured).map(known -> new Usage(known.cpu(), known.memory()));
        Optional<Leaf> groups = leaf();
        if (groups.isEmpty()) {
            return own;
        }
        OptionalLong peak = groups.get().peakMemory();
        Optional<Duration> cpu = groups.get().cpu();
        if (peak.isEmpty() && cpu.isEmpty()) {
            return own;
        }
        return Optional.of(new Usage(
                cpu.or(() -> own.map(Usage::cpu)).orElse(Duration.ZERO),
                peak.orElse(own.map(Usage::memory).orElse(-1L))));
    }

    private static String join(String first, String second) {
        return second.isEmpty() ? first : first + "; " + second;
    }

    private void report(RunEnd end) {
        if (leader != null) {
            leader.close();
        }
        Optional<Usage> usage = usage();
        forget.accept(this);
        if (!ready) {
            listener.startFailed(
                    id(),
                    complaints.length() > 0
                            ? "its surroundings could not be set up: "
                                    + complaints.toString().strip() + "; correct the definition or give it the right"
                            : "it was still being set up when its process " + end.text() + "; start it again");
            return;
        }
        listener.ended(id(), end, usage);
    }

    /** Lets go of all that is held, the reaper being stopped; the processes go on. */
    void release() {
        if (ending != null) {
            ending.release();
        }
        if (status != null) {
            status.close();
        }
        if (leader != null) {
            leader.close();
        }
    }
}
