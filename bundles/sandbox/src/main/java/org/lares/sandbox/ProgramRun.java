package org.lares.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
import org.lares.xpc.posix.PosixException;

/**
 * One run, from its process to the end of its process group.
 *
 * <p>The group is ended before the leader is waited for: until then the kernel gives its number to nobody else. Who is
 * left gets SIGTERM, and SIGKILL after {@link #GROUP_GRACE}; the end of the run is reported when all are gone, or when
 * even that had no effect for {@link #KILL_PATIENCE}. (launchd.plist(5), AbandonProcessGroup, says "kills"; launchd 842
 * sends SIGTERM and looks no further.) Who left the group, by setsid(2), is not found.
 *
 * <p>{@link #signal} may be called by any thread, {@link #begin} and {@link #beginSetUp} by the one that made the
 * process; all else happens on the reaper's.
 */
final class ProgramRun {
    static final Duration GROUP_GRACE = Duration.ofSeconds(2);
    static final Duration KILL_PATIENCE = Duration.ofSeconds(2);

    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;
    private static final int STATUS_LIMIT = 4096;

    private final Launch launch;
    private final RunListener listener;
    private final Runnable forget;
    private final boolean abandons;

    /** Signals that came before there was a process. Guarded by this. */
    private final List<Integer> early = new ArrayList<>();
    /** Guarded by this. */
    private Optional<Pidfd> process = Optional.empty();
    /** Guarded by this. */
    private boolean forced;

    private Reaper reaper;
    private Pidfd leader;
    private ProcessIdentity identity;
    private boolean child;

    private final StringBuilder complaints = new StringBuilder();
    private boolean ready;
    private final Map<Long, Member> members = new HashMap<>();
    private Exit exit;
    private boolean settling;
    private boolean killed;

    private record Member(Pidfd process, Reaper.Watch watch) {}

    /** @param forget called once, before the end is reported */
    ProgramRun(Launch launch, RunListener listener, Runnable forget) {
        this.launch = launch;
        this.listener = listener;
        this.forget = forget;
        this.abandons = ((ProgramWork) launch.spec().work()).abandonProcessGroup();
    }

    RunId id() {
        return launch.run();
    }

    Launch launch() {
        return launch;
    }

    private synchronized boolean live() {
        return process.isPresent();
    }

    // Before and at the beginning.

    /** The program runs; to be called once. */
    void begin(Reaper owner, Pidfd pidfd, ProcessIdentity who, boolean isChild) throws PosixException {
        take(owner, pidfd, who, isChild);
        ready = true;
        listener.started(id(), Optional.of(identity));
        follow();
    }

    /** A chain runs that is to become the program, and tells of it through the pipe, which is taken over. */
    void beginSetUp(Reaper owner, Pidfd pidfd, ProcessIdentity who, Pipe status) throws PosixException {
        take(owner, pidfd, who, true);
        reaper.watch(status, watch -> heard(status, watch));
    }

    private void take(Reaper owner, Pidfd pidfd, ProcessIdentity who, boolean isChild) throws PosixException {
        reaper = owner;
        leader = pidfd;
        identity = who;
        child = isChild;
        synchronized (this) {
            process = Optional.of(pidfd);
            for (int signal : early) {
                send(signal);
            }
            early.clear();
        }
    }

    private void heard(Pipe status, Reaper.Watch watch) {
        byte[] bytes;
        try {
            bytes = status.read(STATUS_LIMIT);
        } catch (PosixException e) {
            bytes = e.getMessage().getBytes(StandardCharsets.UTF_8);
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
            listener.started(id(), Optional.of(identity));
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
            report(RunEnd.of(
                    RunEnd.Cause.UNKNOWN,
                    "its process " + leader.pid() + " cannot be watched: " + e.getMessage()
                            + "; end it by hand, raise the limit on open files"));
        }
    }

    // Signals.

    /** @return why not, for people */
    synchronized Optional<String> signal(int signal) {
        if (process.isEmpty()) {
            early.add(signal);
            return Optional.empty();
        }
        try {
            send(signal);
            return Optional.empty();
        } catch (PosixException e) {
            return Optional.of(e.getMessage());
        }
    }

    private void send(int signal) throws PosixException {
        Pidfd target = process.orElseThrow();
        if (signal == SIGKILL && !abandons) {
            forced = true;
            target.signalGroup(SIGKILL);
        } else {
            target.signal(signal == Runner.END ? SIGTERM : signal);
        }
    }

    // The end.

    private void leaderEnded() {
        try {
            boolean others =
                    !abandons && (child || !ProcessGroup.members(leader.pid()).isEmpty());
            if (others) {
                leader.signalGroup(force() ? SIGKILL : SIGTERM);
            }
            exit = exitOfLeader();
            if (others && leader.signalGroup(0)) {
                settle();
                return;
            }
        } catch (IOException e) {
            listener.noted(id(), "the rest of its process group could not be ended: " + e.getMessage());
        }
        report(end(""));
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
        if (stat.isPresent() && stat.get().dead() && stat.get().startTicks() == identity.startTicks()) {
            return Exit.ofWaitStatus(stat.get().waitStatus(), stat.get().cpu(), -1);
        }
        return leader.recall().orElse(null);
    }

    /** Waits for those of the group that live, and ends the run when there are none. */
    private void settle() throws IOException {
        for (Pidfd member : ProcessGroup.members(leader.pid())) {
            if (members.containsKey(member.pid())) {
                member.close();
                continue;
            }
            Reaper.Watch watch = reaper.watch(member, ended -> memberEnded(member.pid()));
            members.put(member.pid(), new Member(member, watch));
        }
        if (members.isEmpty()) {
            report(end(""));
        } else if (!settling) {
            settling = true;
            reaper.after(GROUP_GRACE, this::kill);
        }
    }

    private void memberEnded(long pid) {
        Member member = members.remove(pid);
        if (member == null) {
            return;
        }
        member.watch.end();
        member.process.close();
        if (members.isEmpty() && live()) {
            try {
                settle();
            } catch (IOException e) {
                report(end("its process group could not be looked at: " + e.getMessage()));
            }
        }
    }

    private void kill() {
        if (!live() || killed) {
            return;
        }
        killed = true;
        try {
            leader.signalGroup(SIGKILL);
        } catch (PosixException e) {
            listener.noted(id(), "the rest of its process group could not be ended: " + e.getMessage());
        }
        reaper.after(KILL_PATIENCE, () -> {
            if (live()) {
                report(end("processes of its group could not be ended: " + members.keySet()));
            }
        });
    }

    private RunEnd end(String detail) {
        if (exit == null) {
            return RunEnd.of(
                    RunEnd.Cause.UNKNOWN,
                    "somebody else waited for its process and the kernel does not tell its exit status"
                            + (detail.isEmpty() ? "" : "; " + detail));
        }
        OptionalInt number = OptionalInt.of(exit.number());
        return exit.signaled()
                ? new RunEnd(RunEnd.Cause.SIGNALED, OptionalInt.empty(), number, detail)
                : new RunEnd(RunEnd.Cause.EXITED, number, OptionalInt.empty(), detail);
    }

    private void report(RunEnd end) {
        synchronized (this) {
            process = Optional.empty();
        }
        release();
        forget.run();
        if (!ready) {
            String why = complaints.length() > 0 ? complaints.toString().strip() : end.text();
            listener.startFailed(
                    id(),
                    "its surroundings could not be set up: " + why + "; correct the definition or give the rights");
            return;
        }
        Optional<Usage> usage =
                Optional.ofNullable(exit).filter(Exit::measured).map(known -> new Usage(known.cpu(), known.memory()));
        listener.ended(id(), end, usage);
    }

    /** Lets go of all that is held; the processes go on. With the reaper stopped, or on its thread. */
    void release() {
        members.values().forEach(member -> {
            member.watch.end();
            member.process.close();
        });
        members.clear();
        if (leader != null) {
            leader.close();
        }
    }
}
