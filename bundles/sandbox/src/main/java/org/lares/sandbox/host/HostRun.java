package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.host.FromContainer.CheckedIn;
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
 * One host, from the order of its start, or from what a former life of the container has left of it, to its end. A spare is
 * a host like any other until a run takes it: its process knows no run yet.
 *
 * <p>On the agenda's thread, except {@link #alive}, {@link #signal}, {@link #obstacles} and the small questions.
 */
final class HostRun implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(HostRun.class);

    /** Check-ins that may wait for the process to be known; one is good. */
    private static final int WAITING = 8;

    /** Refused check-ins that are noted with the run: one who tries on and on shall not fill its history. */
    private static final int NOTED_REFUSALS = 10;

    private static final int NOTE_CHARS = 4096;

    private final HostServices services;
    private final String id;
    /** By which the process is known to who makes it, and in its environment: the run's, or for a spare its own. */
    private final RunId program;

    private final Owner owner;
    private final HostRecord record;
    private final HostConfigurations configurations;
    private final HostDeadlines deadlines;
    private final Condemnation condemnation;
    /** Null while nobody has started or adopted it. */
    private volatile Claim claim;

    private boolean adopted;
    private boolean over;
    private Last frame;
    private int refusals;
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean kept;
    private volatile boolean spare;
    /** Whether a spare has done all that it can do without a run. */
    private boolean warm;
    /** The spare that has become this run in its place; null if none. */
    private HostRun instead;

    private volatile boolean spawned;
    private volatile HostSession line;
    private volatile boolean stopping;

    /** Digest of what it is made of; null if that is not known. */
    private volatile String closure;

    private volatile List<String> unsatisfied = List.of();
    /** Null for an adopted host. */
    private Start start;

    /** Who keeps it. */
    interface Owner {

        /** The job is active, or the spare warm. On the agenda's thread. */
        void settled(HostRun host);

        /** Called once, before the end is reported. */
        void over(HostRun host);
    }

    /** Whose it is. Replaced when a run takes a spare. */
    private record Claim(Launch launch, RunListener listener) {
        RunId run() {
            return launch.run();
        }
    }

    private record Waiting(HostSession session, byte[] ticket) {}

    /**
     * @param id a number
     * @param folder its own, which may not be there
     * @param state as kept by a former life; null if there is none: then nobody is believed to be it
     */
    HostRun(HostServices services, String id, HostFolder folder, HostState state, Owner owner) {
        this.services = services;
        this.id = id;
        this.program = RunId.of(Long.parseLong(id));
        this.owner = owner;
        this.record = new HostRecord(folder, state);
        this.configurations = new HostConfigurations(services.configurations(), record);
        this.deadlines = new HostDeadlines(services.agenda());
        this.condemnation = new Condemnation(services, program);
        this.closure = state == null ? null : state.closure();
    }

    String id() {
        return id;
    }

    /** Any thread. */
    RunId program() {
        return program;
    }

    /** Any thread. */
    void uses(String digest) {
        closure = digest;
    }

    /** Any thread. The digest of the closure whose files it needs. */
    Optional<String> closure() {
        return Optional.ofNullable(closure);
    }

    /** Any thread. */
    boolean checkedIn() {
        return line != null;
    }

    // The beginning.

    /** It is to be started; {@link #spawn} or {@link #failed} follows. */
    void claim(Launch launch, RunListener listener) {
        claim = new Claim(launch, listener);
    }

    /** As {@link #claim}, for whoever takes it later. @param launch with a run of its own, that no job ever has */
    void claimAsSpare(Launch launch, RunListener listener) {
        spare = true;
        claim(launch, listener);
    }

    /** Any thread. */
    boolean claimed() {
        return claim != null;
    }

    /** Any thread. */
    boolean isOf(Label label) {
        Claim current = claim;
        return current != null && current.launch().spec().label().equals(label);
    }

    boolean over() {
        return over;
    }

    /** Whether a run that somebody waits for is on its way to its work. */
    boolean starting() {
        return claimed()
                && !spare
                && !over
                && !adopted
                && !(record.known() && record.state().ready());
    }

    /** The process there may be, as far as is known. */
    Optional<ProcessIdentity> process() {
        return record.process();
    }

    void spawn(Start toSpawn) {
        if (over) {
            return;
        }
        start = toSpawn;
        unsatisfied = start.closure().unsatisfied();
        try {
            record.folder().create();
            if (spare) {
                record.folder().write(HostFolder.LOG, new byte[0]);
            }
            byte[] ticket = Tickets.create();
            Optional<RunId> run = spare ? Optional.empty() : Optional.of(claim.run());
            Launch made = start.write(services.place(), record.folder(), claim.launch(), run, id, ticket);
            record.begin(start.state(claim.launch(), run, id, ticket));
            spawned = true;
            services.programs().start(made, this);
        } catch (IOException e) {
            spawned = false;
            failed("its folder " + record.folder().path() + " cannot be made: " + e.getMessage()
                    + "; see the disk and the rights of its folders");
        }
    }

    void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
        claim(launch, listener);
        adopted = true;
        spawned = true;
        services.programs().adopt(Start.placeholder(launch, program), process.isPresent() ? process : process(), this);
    }

    // A spare.

    /** Whether a run could take it. */
    boolean standsReady() {
        return spare
                && warm
                && !over
                && !stopping
                && line != null
                && kept
                && condemnation.verdict().isEmpty()
                && record.process().filter(Processes::lives).isPresent();
    }

    /**
     * Becomes the run that is to be started. What a later life must know is kept before the host is told.
     *
     * @param waits the one in whose place it is from now on
     * @throws IOException if it cannot; it is of no use any more then, and the run's log is there as it was before
     */
    void take(HostRun waits) throws IOException {
        Claim taken = waits.claim;
        // The process has its file open, under whatever name.
        Files.move(
                claim.launch().log(),
                taken.launch().log(),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        if (!record.keep(record.state().withRun(taken.run().toString()))) {
            throw new IOException("its state cannot be kept");
        }
        claim = taken;
        spare = false;
        waits.instead = this;
        begin();
        taken.listener().started(taken.run(), record.process());
        unsatisfied.forEach(it -> taken.listener().noted(taken.run(), it));
    }

    /** Nobody wants it: it has nothing to lose. Its end is reported. */
    void discard() {
        stopping = true;
        deadlines.clearAll();
        if (spawned) {
            services.programs()
                    .signal(program, Condemnation.SIGKILL)
                    .ifPresent(reason -> LOG.warn("a spare host could not be ended: {}", reason));
            Optional.ofNullable(line).ifPresent(HostSession::close);
        } else {
            failed("nobody wants it any more");
        }
    }

    @Override
    public void started(RunId run, Optional<ProcessIdentity> process) {
        services.agenda().post(() -> {
            if (record.known() && process.isPresent()) {
                record.keep(record.state().with(process.get()));
            }
            claim.listener().started(claim.run(), process);
            unsatisfied.forEach(this::note);
            if (adopted && !record.known()) {
                note("its ticket is lost: it cannot check in, and ends by signals only; restart it");
            } else if (adopted && record.state().ready()) {
                claim.listener().ready(claim.run());
            }
            if (stopping && spare) {
                // It was discarded while it was being made.
                discard();
            } else if (line == null) {
                if (adopted) {
                    noteAbsence();
                } else {
                    deadlines.set(services.times().checkIn(), this::lost);
                }
            } else if (kept) {
                proceed();
            }
            List<Waiting> early = List.copyOf(waiting);
            waiting.clear();
            early.forEach(it -> checkIn(it.session(), it.ticket()));
        });
    }

    private void note(String text) {
        claim.listener().noted(claim.run(), text);
    }

    @Override
    public void startFailed(RunId run, String reason) {
        if (!services.agenda().post(() -> failed(reason))) {
            failed(reason);
        }
    }

    /** Nothing was started. */
    void failed(String reason) {
        if (over || instead != null) {
            return;
        }
        over = true;
        services.workers().execute(() -> {
            remove();
            claim.listener().startFailed(claim.run(), reason);
        });
    }

    @Override
    public void ready(RunId run) {
        // A program is never ready; this is the host's word, see heard.
    }

    @Override
    public void noted(RunId run, String note) {
        note(note);
    }

    // The line.

    void checkIn(HostSession session, byte[] ticket) {
        Optional<String> refusal;
        if (over) {
            refusal = Optional.of("the run has ended");
        } else if (condemnation.verdict().isPresent()) {
            refusal = Optional.of("it comes too late");
        } else if (line != null) {
            refusal = Optional.of("the host has checked in already");
        } else if (!record.known()) {
            refusal = Optional.of("its ticket is not known");
        } else if (record.process().isEmpty()) {
            if (waiting.size() < WAITING) {
                waiting.add(new Waiting(session, ticket));
                return;
            }
            refusal = Optional.of("too many wait to be told from each other");
        } else {
            refusal = CheckIns.refusal(
                    session.peer(),
                    ticket,
                    record.process().get(),
                    record.state().tickets());
        }
        if (refusal.isPresent()) {
            session.refuse(refusal.get());
            if (claimed() && !over && ++refusals <= NOTED_REFUSALS) {
                note("a check-in from " + session.peer() + " was refused: " + refusal.get());
            }
            return;
        }
        byte[] next = Tickets.create();
        HostState rotated = record.state().with(record.state().tickets().rotate(ticket, next));
        // One that cannot be kept must not be given: the one that was used stays good.
        byte[] given = record.keep(rotated) ? next : ticket;
        deadlines.clearAll();
        line = session;
        kept = false;
        session.accepted(this);
        try {
            record.folder().removeOrder();
        } catch (IOException e) {
            LOG.warn(
                    "cannot remove {}: {}; it holds no good ticket any more",
                    record.folder().order(),
                    e.toString());
        }
        session.send(new CheckedIn(given));
    }

    void heard(HostSession session, FromHost message) {
        if (session != line || over) {
            return;
        }
        if (message instanceof Kept && !kept) {
            kept = true;
            record.keep(record.state().with(record.state().tickets().kept()));
            if (claimed()) {
                proceed();
            }
        } else if (message instanceof Ready) {
            readied();
        } else if (message instanceof Wanted wanted) {
            if (configurations.wanted(wanted.pids()) && record.gone()) {
                tellChanges();
            }
        } else if (message instanceof Note note && claimed()) {
            note(note.text().substring(0, Math.min(NOTE_CHARS, note.text().length())));
        } else if (message instanceof Last last) {
            frame = last;
        }
    }

    private void readied() {
        if (condemnation.verdict().isPresent() || record.state().ready() || (spare ? warm : !record.gone())) {
            return;
        }
        deadlines.clear();
        if (spare) {
            warm = true;
        } else {
            record.keep(record.state().withReady());
            if (start != null) {
                services.flags()
                        .ready(start.jvm(), record.process().orElseThrow().pid());
            }
        }
        if (claimed()) {
            claim.listener().ready(claim.run());
        }
        owner.settled(this);
    }

    /** Any thread. */
    void alive() {
        deadlines.alive();
    }

    /** With a host that has checked in. */
    private void proceed() {
        if (!spare) {
            begin();
        } else if (!warm) {
            deadlines.set(services.times().ready(), this::notReady);
        }
    }

    /** With a run to begin or to go on with. */
    private void begin() {
        if (record.gone()) {
            tellChanges();
        } else {
            try {
                configurations.begin(line, claim.run().toString());
            } catch (IllegalArgumentException e) {
                condemn(Cause.ACTIVATION_FAILED, "its configurations cannot be sent: " + e.getMessage());
                return;
            }
        }
        if (!record.state().ready() && !stopping) {
            deadlines.set(services.times().ready(), this::notReady);
        }
        claim.launch()
                .spec()
                .policy()
                .watchdog()
                .filter(period -> !stopping)
                .ifPresent(period -> deadlines.watch(
                        period,
                        silent -> condemn(Cause.WATCHDOG, "it did not report for " + silent.toMillis() + " ms")));
    }

    /** Some configurations have changed. */
    void configured(Set<String> pids) {
        if (!over && line != null && kept && record.gone() && configurations.concern(pids)) {
            tellChanges();
        }
    }

    private void tellChanges() {
        try {
            configurations.tellChanges(line);
        } catch (IllegalArgumentException e) {
            note("a configuration cannot be sent: " + e.getMessage());
        }
    }

    void lineClosed(HostSession session) {
        if (session != line) {
            return;
        }
        line = null;
        kept = false;
        if (spare && !over) {
            // It ends by itself, as a spare without its container is of no use; by force it ends surely.
            discard();
        } else if (!over && claimed()) {
            noteAbsence();
        }
    }

    // Deadlines.

    private void noteAbsence() {
        Duration time = services.times().again();
        deadlines.set(time, () -> {
            if (!over && line == null) {
                note("it has not checked in for " + time.toSeconds()
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

    private void condemn(Cause cause, String sentence) {
        if (!over && !stopping) {
            condemnation.speak(
                    RunEnd.of(cause, sentence), () -> over, reason -> note("it could not be ended: " + reason));
        }
    }

    // Signals and the end.

    /** Any thread. See {@link Runner#signal}. */
    Optional<String> signal(int signal) {
        boolean ends = signal == Runner.END || signal == Condemnation.SIGKILL;
        if (ends) {
            stopping = true;
        }
        if (spawned && signal != Runner.END) {
            return services.programs().signal(program, signal);
        }
        services.agenda().post(() -> {
            if (instead != null) {
                // A spare came in its place before this could be heard.
                instead.signal(signal).ifPresent(reason -> notSent(signal, reason));
                return;
            }
            if (ends) {
                deadlines.clearAll();
            }
            if (!spawned && ends) {
                failed("it was asked to end before its process was started");
            } else if (line != null && signal == Runner.END) {
                line.send(new Stop("it was asked to end"));
            } else if (spawned && !over) {
                services.programs().signal(program, signal).ifPresent(reason -> notSent(signal, reason));
            }
        });
        return Optional.empty();
    }

    private void notSent(int signal, String reason) {
        note("signal " + signal + " was not sent: " + reason);
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
                    condemnation.verdict(),
                    Optional.ofNullable(frame),
                    record.gone(),
                    record.folder(),
                    claim.launch().log());
            services.workers().execute(() -> report(examined, usage));
        });
    }

    private void report(PostMortem examined, Optional<Usage> usage) {
        RunEnd end = examined.seen();
        try {
            end = examined.end();
        } catch (IOException | RuntimeException e) {
            LOG.error("cannot find out why host {} has ended: {}", id, e.toString(), e);
        }
        remove();
        claim.listener().ended(claim.run(), end, usage);
    }

    /** After its end. */
    private void remove() {
        if (start != null) {
            try {
                if (spare && (warm || stopping)) {
                    services.flags().unused(start.jvm());
                } else {
                    services.flags().ended(start.jvm());
                }
            } catch (RuntimeException e) {
                LOG.error("cannot learn from host {}: {}", id, e.toString(), e);
            }
        }
        record.remove();
        owner.over(this);
    }
}
