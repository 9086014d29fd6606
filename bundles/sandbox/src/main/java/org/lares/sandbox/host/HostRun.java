package org.lares.sandbox.host;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer.CheckedIn;
import org.lares.xpc.host.FromContainer.Configured;
import org.lares.xpc.host.FromContainer.Go;
import org.lares.xpc.host.FromContainer.Stop;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.FromHost.Kept;
import org.lares.xpc.host.FromHost.Last;
import org.lares.xpc.host.FromHost.Note;
import org.lares.xpc.host.FromHost.Ready;
import org.lares.xpc.host.FromHost.Wanted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host, from the order of its start, or from what a former life of the container has left of it, to its end.
 *
 * <p>On the agenda's thread, except {@link #alive}, {@link #signal} and {@link #obstacles}.
 */
final class HostRun implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(HostRun.class);
    private static final int SIGQUIT = 3;
    private static final int SIGKILL = 9;

    /** Check-ins that may wait for the process to be known; one is good. */
    private static final int WAITING = 8;

    /** Refused check-ins that are noted with the run: one who tries on and on shall not fill its history. */
    private static final int NOTED_REFUSALS = 10;

    private static final int NOTE_CHARS = 4096;
    private static final int WANTED_PIDS = 1000;

    private final HostServices services;
    private final String id;
    private final Runnable forget;
    private HostFolder folder;
    /** Null if nothing is known of it: then nobody is believed to be it. */
    private HostState state;
    /** Null while nobody has started or adopted it, as the listener. */
    private Launch launch;

    private RunListener listener;
    private boolean adopted;
    private boolean over;
    private RunEnd verdict;
    private Last frame;
    private int refusals;
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean kept;
    private volatile boolean spawned;
    private volatile HostSession line;
    private volatile boolean stopping;

    /** Digest of what it is made of; null if that is not known. */
    private volatile String closure;

    private volatile List<String> unsatisfied = List.of();
    /** Null for an adopted host. */
    private Start start;

    private final HostDeadlines deadlines;

    private record Waiting(HostSession session, byte[] ticket) {}

    /**
     * @param folder its own, which may not be there
     * @param state as kept by a former life; null if there is none
     * @param forget called once, before the end is reported
     */
    HostRun(HostServices services, String id, HostFolder folder, HostState state, Runnable forget) {
        this.services = services;
        this.id = id;
        this.folder = folder;
        this.state = state;
        this.forget = forget;
        this.deadlines = new HostDeadlines(services.agenda());
        this.closure = state == null ? null : state.closure();
    }

    /** Any thread. */
    void uses(String digest) {
        closure = digest;
    }

    /** Any thread. The digest of the closure whose files it needs. */
    Optional<String> closure() {
        return Optional.ofNullable(closure);
    }

    // The beginning.

    /** It is to be started; {@link #spawn} or {@link #failed} follows. */
    void claim(Launch toLaunch, RunListener reports) {
        launch = toLaunch;
        listener = reports;
    }

    boolean claimed() {
        return listener != null;
    }

    boolean over() {
        return over;
    }

    /** The process there may be, as far as the former life kept it. */
    Optional<ProcessIdentity> process() {
        return state == null ? Optional.empty() : state.process();
    }

    void spawn(Start toSpawn) {
        if (over) {
            return;
        }
        start = toSpawn;
        unsatisfied = start.closure().unsatisfied();
        try {
            folder = HostFolder.create(services.place().hosts(), id);
            byte[] ticket = Tickets.create();
            Launch program = start.write(services.place(), folder, launch, id, ticket);
            state = start.state(launch, id, ticket);
            folder.write(state);
            spawned = true;
            services.programs().start(program, this);
        } catch (IOException e) {
            spawned = false;
            failed("its folder " + folder.path() + " cannot be made: " + e.getMessage()
                    + "; see the disk and the rights of its folders");
        }
    }

    void adopt(Launch toAdopt, Optional<ProcessIdentity> process, RunListener reports) {
        claim(toAdopt, reports);
        adopted = true;
        spawned = true;
        services.programs().adopt(Start.placeholder(toAdopt), process.isPresent() ? process : process(), this);
    }

    @Override
    public void started(RunId run, Optional<ProcessIdentity> process) {
        services.agenda().post(() -> {
            if (state != null && process.isPresent()) {
                keep(state.with(process.get()));
            }
            listener.started(run, process);
            unsatisfied.forEach(it -> listener.noted(run, it));
            if (adopted && state == null) {
                listener.noted(run, "its ticket is lost: it cannot check in, and ends by signals only; restart it");
            } else if (adopted && state.ready()) {
                listener.ready(run);
            }
            if (line == null) {
                if (adopted) {
                    noteAbsence();
                } else {
                    deadlines.set(services.times().checkIn(), this::lost);
                }
            } else if (kept) {
                begin();
            }
            List<Waiting> early = List.copyOf(waiting);
            waiting.clear();
            early.forEach(it -> checkIn(it.session(), it.ticket()));
        });
    }

    @Override
    public void startFailed(RunId run, String reason) {
        if (!services.agenda().post(() -> failed(reason))) {
            failed(reason);
        }
    }

    /** Nothing was started. */
    void failed(String reason) {
        if (over) {
            return;
        }
        over = true;
        services.workers().execute(() -> {
            remove();
            listener.startFailed(launch.run(), reason);
        });
    }

    @Override
    public void ready(RunId run) {
        // A program is never ready; this is the host's word, see heard.
    }

    @Override
    public void noted(RunId run, String note) {
        listener.noted(run, note);
    }

    // The line.

    void checkIn(HostSession session, byte[] ticket) {
        Optional<String> refusal;
        if (over) {
            refusal = Optional.of("the run has ended");
        } else if (verdict != null) {
            refusal = Optional.of("it comes too late");
        } else if (line != null) {
            refusal = Optional.of("the host has checked in already");
        } else if (state == null) {
            refusal = Optional.of("its ticket is not known");
        } else if (state.process().isEmpty()) {
            if (waiting.size() < WAITING) {
                waiting.add(new Waiting(session, ticket));
                return;
            }
            refusal = Optional.of("too many wait to be told from each other");
        } else {
            refusal = CheckIns.refusal(session.peer(), ticket, state.process().get(), state.tickets());
        }
        if (refusal.isPresent()) {
            session.refuse(refusal.get());
            if (claimed() && !over && ++refusals <= NOTED_REFUSALS) {
                listener.noted(launch.run(), "a check-in from " + session.peer() + " was refused: " + refusal.get());
            }
            return;
        }
        byte[] next = Tickets.create();
        HostState rotated = state.with(state.tickets().rotate(ticket, next));
        // One that cannot be kept must not be given: the one that was used stays good.
        byte[] given = keep(rotated) ? next : ticket;
        deadlines.clearAll();
        line = session;
        kept = false;
        session.accepted(this);
        try {
            folder.removeOrder();
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}; it holds no good ticket any more", folder.order(), e.toString());
        }
        session.send(new CheckedIn(given));
    }

    void heard(HostSession session, FromHost message) {
        if (session != line || over) {
            return;
        }
        if (message instanceof Kept && !kept) {
            kept = true;
            keep(state.with(state.tickets().kept()));
            if (claimed()) {
                begin();
            }
        } else if (message instanceof Ready && !state.ready() && verdict == null) {
            deadlines.clear();
            keep(state.withReady());
            if (start != null) {
                services.flags()
                        .ready(start.jvm(), state.process().orElseThrow().pid());
            }
            if (claimed()) {
                listener.ready(launch.run());
            }
        } else if (message instanceof Wanted wanted) {
            Set<String> pids = new HashSet<>(state.pids());
            wanted.pids().stream().limit(WANTED_PIDS).forEach(pids::add);
            if (pids.size() <= 2 * WANTED_PIDS && keep(state.withPids(pids)) && state.gone()) {
                tellChanges();
            }
        } else if (message instanceof Note note && claimed()) {
            listener.noted(
                    launch.run(),
                    note.text().substring(0, Math.min(NOTE_CHARS, note.text().length())));
        } else if (message instanceof Last last) {
            frame = last;
        }
    }

    /** Any thread. */
    void alive() {
        deadlines.alive();
    }

    /** With a host that has checked in, and a run to begin or to go on with. */
    private void begin() {
        if (state.gone()) {
            tellChanges();
        } else {
            List<Configuration> all = services.configurations().of(state.pids(), state.locations());
            try {
                line.send(new Go(launch.run().toString(), all));
            } catch (IllegalArgumentException e) {
                condemn(Cause.ACTIVATION_FAILED, "its configurations cannot be sent: " + e.getMessage());
                return;
            }
            // Kept after it is said: said twice a host passes it over, but without it the host would wait forever.
            keep(state.withGone().withGiven(Given.of(all)));
        }
        if (!state.ready() && !stopping) {
            deadlines.set(services.times().ready(), this::notReady);
        }
        launch.spec()
                .policy()
                .watchdog()
                .filter(period -> !stopping)
                .ifPresent(period -> deadlines.watch(
                        period,
                        silent -> condemn(Cause.WATCHDOG, "it did not report for " + silent.toMillis() + " ms")));
    }

    /** Some configurations have changed. */
    void configured(Set<String> pids) {
        if (!over && line != null && kept && state.gone() && pids.stream().anyMatch(state.pids()::contains)) {
            tellChanges();
        }
    }

    private void tellChanges() {
        List<Configuration> now = services.configurations().of(state.pids(), state.locations());
        List<Configuration> changes = Given.changes(state.given(), now);
        if (changes.isEmpty()) {
            return;
        }
        try {
            changes.forEach(it -> line.send(new Configured(it)));
            keep(state.withGiven(Given.of(now)));
        } catch (IllegalArgumentException e) {
            listener.noted(launch.run(), "a configuration cannot be sent: " + e.getMessage());
        }
    }

    void lineClosed(HostSession session) {
        if (session != line) {
            return;
        }
        line = null;
        kept = false;
        if (!over && claimed()) {
            noteAbsence();
        }
    }

    private boolean keep(HostState next) {
        try {
            folder.write(next);
            state = next;
            return true;
        } catch (IOException e) {
            LOG.error(
                    "cannot keep the state of host {} in {}: {}; a restarted container may not know it again; see the disk",
                    id,
                    folder.path(),
                    e.toString());
            if (next.tickets() == state.tickets()) {
                state = next;
            }
            return false;
        }
    }

    // Deadlines.

    private void noteAbsence() {
        Duration time = services.times().again();
        deadlines.set(time, () -> {
            if (!over && line == null) {
                listener.noted(
                        launch.run(),
                        "it has not checked in for " + time.toSeconds()
                                + " s; it lives, but can be ended by signals only");
            }
        });
    }

    private void lost() {
        if (line == null) {
            condemn(
                    Cause.CHECK_IN_LOST,
                    "it did not check in within " + services.times().checkIn().toSeconds() + " s");
        }
    }

    private void notReady() {
        String missing = unsatisfied.isEmpty() ? "" : ": " + String.join("; ", unsatisfied);
        condemn(
                Cause.ACTIVATION_FAILED,
                "it was not active within " + services.times().ready().toSeconds() + " s" + missing);
    }

    /** Ends it by force, after its stacks are in its log. */
    private void condemn(Cause cause, String sentence) {
        if (over || stopping || verdict != null) {
            return;
        }
        verdict = RunEnd.of(cause, sentence);
        services.programs().signal(launch.run(), SIGQUIT);
        // Of no deadline that a late sign of life could meet.
        services.agenda().after(services.times().evidence(), () -> {
            if (!over) {
                services.programs()
                        .signal(launch.run(), SIGKILL)
                        .ifPresent(reason -> listener.noted(launch.run(), "it could not be ended: " + reason));
            }
        });
    }

    // Signals and the end.

    /** Any thread. See {@link Runner#signal}. */
    Optional<String> signal(RunId run, int signal) {
        boolean ends = signal == Runner.END || signal == SIGKILL;
        if (ends) {
            stopping = true;
        }
        if (spawned && signal != Runner.END) {
            return services.programs().signal(run, signal);
        }
        services.agenda().post(() -> {
            if (ends) {
                deadlines.clearAll();
            }
            if (!spawned && ends) {
                failed("it was asked to end before its process was started");
            } else if (line != null && signal == Runner.END) {
                line.send(new Stop("it was asked to end"));
            } else if (spawned && !over) {
                services.programs()
                        .signal(run, signal)
                        .ifPresent(reason -> listener.noted(run, "signal " + signal + " was not sent: " + reason));
            }
        });
        return Optional.empty();
    }

    /** Any thread: what keeps a live one from its work, for people. */
    List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        if (!spawned) {
            obstacles.add("what its bundle needs is still being found out");
        } else if (line == null) {
            obstacles.add("its process has not checked in");
        }
        obstacles.addAll(unsatisfied);
        return obstacles;
    }

    /**
     * Nobody wants it any more. Only with one that nobody claimed.
     *
     * @return whether it could be told
     */
    boolean dismiss() {
        HostSession current = line;
        if (current == null) {
            return false;
        }
        current.send(new Stop("no job of the container knows it"));
        return true;
    }

    /** The container's part in it ends: a start that has not come to its process fails, a live host goes on alone. */
    void leave(String reason) {
        if (!spawned) {
            failed(reason);
        }
        Optional.ofNullable(line).ifPresent(HostSession::close);
    }

    @Override
    public void ended(RunId run, RunEnd end, Optional<Usage> usage) {
        services.agenda().post(() -> {
            over = true;
            deadlines.clearAll();
            waiting.forEach(it -> it.session().refuse("the run has ended"));
            waiting.clear();
            Optional.ofNullable(line).ifPresent(HostSession::close);
            PostMortem examined = new PostMortem(
                    end,
                    Optional.ofNullable(verdict),
                    Optional.ofNullable(frame),
                    state != null && state.gone(),
                    folder,
                    launch.log());
            services.workers().execute(() -> report(run, examined, usage));
        });
    }

    private void report(RunId run, PostMortem examined, Optional<Usage> usage) {
        RunEnd end = examined.seen();
        try {
            end = examined.end();
        } catch (IOException | RuntimeException e) {
            LOG.error("cannot find out why host {} has ended: {}", id, e.toString(), e);
        }
        remove();
        listener.ended(run, end, usage);
    }

    private void remove() {
        if (start != null) {
            try {
                services.flags().ended(start.jvm());
            } catch (RuntimeException e) {
                LOG.error("cannot learn from host {}: {}", id, e.toString(), e);
            }
        }
        remove(folder);
        forget.run();
    }

    static void remove(HostFolder folder) {
        try {
            folder.delete();
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}; remove it by hand", folder.path(), e.toString());
        }
    }
}
