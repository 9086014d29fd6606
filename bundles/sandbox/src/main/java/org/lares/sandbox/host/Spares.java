package org.lares.sandbox.host;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.lares.job.Domain;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.job.Work.BundleWork;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hosts that stand ready for jobs with {@code WarmInstances}: made one after another while no run is on its way, in
 * the place of those that were taken, until nobody has wanted one for long. On the agenda's thread, except {@link #ready}
 * and {@link #facts}.
 */
final class Spares {
    private static final Logger LOG = LoggerFactory.getLogger(Spares.class);

    /** In one container, of all its jobs: each is a JVM, which costs memory for what may never be wanted. */
    static final int MOST = 16;

    /** Who makes their processes. */
    @FunctionalInterface
    interface Maker {

        /**
         * Begins to make one; it reports to the listener, not before this returns.
         *
         * @param listener hears startFailed, or started, ready once it is warm, and ended
         */
        Spare make(Domain domain, JobSpec spec, RunListener listener);
    }

    /** One of them. Any thread. */
    static final class Spare {
        private final HostRun host;
        /** Null until it is known. */
        private volatile Object stamp;

        Spare(HostRun host) {
            this.host = host;
        }

        /** @param of what it is made, see {@link ClosureSource#stamp} */
        void stamp(Object of) {
            stamp = of;
        }
    }

    private final Agenda agenda;
    private final SpareTimes times;
    private final Maker maker;
    private final BooleanSupplier busy;
    private final Map<Label, Pool> pools = new LinkedHashMap<>();
    private final Map<Label, Told> told = new ConcurrentHashMap<>();
    /** The next look, if there is to be one. */
    private Optional<Future<?>> next = Optional.empty();
    /** When something last happened that goes before the making of spares, and since when they have waited for it. */
    private long disturbed = System.nanoTime();

    private Optional<Long> waiting = Optional.empty();
    private boolean closed;

    /** For other threads. */
    private record Told(int ready, List<String> facts) {}

    /** @param busy whether a run that somebody waits for is on its way; on the agenda's thread */
    Spares(Agenda agenda, SpareTimes times, Maker maker, BooleanSupplier busy) {
        this.agenda = agenda;
        this.times = times;
        this.maker = maker;
        this.busy = busy;
    }

    /** How many stand ready. Any thread. */
    int ready(Label label) {
        Told now = told.get(label);
        return now == null ? 0 : now.ready();
    }

    /** Why there are not as many as wanted, if there is more to it than time. Any thread. */
    List<String> facts(Label label) {
        Told now = told.get(label);
        return now == null ? List.of() : now.facts();
    }

    /** Spares of this definition may be wanted from now on, and of no other of the label. */
    void prepare(Domain domain, JobSpec spec) {
        disturbed();
        Pool pool = pools.get(spec.label());
        if (pool == null || !pool.fits(domain, spec)) {
            forget(spec.label());
            if (wanted(spec) > 0 && !closed) {
                pools.put(spec.label(), new Pool(domain, spec));
            }
        } else {
            pool.used();
        }
        look();
    }

    void forget(Label label) {
        Pool pool = pools.remove(label);
        if (pool != null) {
            pool.discardAll();
        }
        told.remove(label);
        look();
    }

    void close() {
        closed = true;
        List.copyOf(pools.keySet()).forEach(this::forget);
    }

    /** A run that somebody waits for was ordered, or has come to its work. */
    void disturbed() {
        disturbed = System.nanoTime();
        look();
    }

    /**
     * Has a spare become the run, if one can.
     *
     * @param stamp of what the run is to be made of, as of now
     */
    Optional<HostRun> take(Launch launch, HostRun waits, Object stamp) {
        Pool pool = pools.get(launch.spec().label());
        if (pool == null || !pool.fits(launch.domain(), launch.spec())) {
            return Optional.empty();
        }
        pool.used();
        try {
            return pool.take(waits, stamp);
        } finally {
            pool.tell();
            look();
        }
    }

    /** Whether one stands ready of which it is to be found out whether it is made of the same. */
    boolean doubtful(Label label, Object stamp) {
        Pool pool = pools.get(label);
        return pool != null
                && pool.members.values().stream().anyMatch(it -> it.host.standsReady() && !stamp.equals(it.stamp));
    }

    /**
     * What it would be made of now. Those that are made of something else are of no use.
     *
     * @param stamp taken before the digest was found out
     */
    void made(Label label, Object stamp, String digest) {
        Pool pool = pools.get(label);
        if (pool != null) {
            pool.made(stamp, digest);
            pool.tell();
            look();
        }
    }

    private static int wanted(JobSpec spec) {
        return ((BundleWork) spec.work()).host().warmInstances();
    }

    // Making them.

    private void look() {
        next.ifPresent(it -> it.cancel(false));
        next = Optional.empty();
        if (closed || pools.values().stream().noneMatch(Pool::lacks)) {
            waiting = Optional.empty();
            return;
        }
        if (pools.values().stream().anyMatch(Pool::making)) {
            return;
        }
        long now = System.nanoTime();
        if (waiting.isEmpty()) {
            waiting = Optional.of(now);
        }
        Duration late = times.latest().minusNanos(now - waiting.get());
        Duration quiet = busy.getAsBoolean() ? late : times.quiet().minusNanos(now - disturbed);
        Duration pause = quiet.compareTo(late) < 0 ? quiet : late;
        if (pause.compareTo(Duration.ZERO) > 0) {
            next = Optional.of(agenda.after(pause, this::look));
            return;
        }
        Optional<Pool> neediest = pools.values().stream()
                .filter(it -> it.lacks() && it.pause(now) <= 0)
                .min(Comparator.comparingInt(it -> it.members.size()));
        if (total() >= MOST) {
            pools.values().forEach(Pool::tell);
        } else if (neediest.isPresent()) {
            waiting = Optional.empty();
            neediest.get().make();
        } else {
            long soonest = pools.values().stream()
                    .filter(Pool::lacks)
                    .mapToLong(it -> it.pause(now))
                    .min()
                    .orElseThrow();
            next = Optional.of(agenda.after(Duration.ofNanos(soonest), this::look));
        }
    }

    private int total() {
        return pools.values().stream().mapToInt(it -> it.members.size()).sum();
    }

    /** The spares of one definition. */
    private final class Pool {
        private final Domain domain;
        private final JobSpec spec;
        private final Map<RunListener, Spare> members = new LinkedHashMap<>();
        private long lastUse = System.nanoTime();
        private boolean asleep;
        private boolean gone;
        private int failures;
        private String failure = "";
        private long notBefore = lastUse;

        private Pool(Domain domain, JobSpec spec) {
            this.domain = domain;
            this.spec = spec;
            agenda.after(times.idle(), this::sleepIfIdle);
        }

        /** Whether a host of this definition is one of that too; triggers and the like make no difference. */
        private boolean fits(Domain other, JobSpec wanted) {
            return domain.equals(other)
                    && spec.work().equals(wanted.work())
                    && spec.policy().exitTimeOut().equals(wanted.policy().exitTimeOut())
                    && spec.policy().watchdog().equals(wanted.policy().watchdog());
        }

        private void used() {
            lastUse = System.nanoTime();
            if (asleep) {
                asleep = false;
                agenda.after(times.idle(), this::sleepIfIdle);
            }
        }

        private void sleepIfIdle() {
            Duration left = times.idle().minusNanos(System.nanoTime() - lastUse);
            if (gone) {
                return;
            }
            if (left.compareTo(Duration.ZERO) > 0) {
                agenda.after(left, this::sleepIfIdle);
                return;
            }
            asleep = true;
            discard(members.values());
            tell();
        }

        private boolean lacks() {
            return !asleep && members.size() < wanted(spec);
        }

        private boolean making() {
            return members.values().stream().anyMatch(it -> !it.host.standsReady());
        }

        /** Nanoseconds until the next may be made. */
        private long pause(long now) {
            return notBefore - now;
        }

        private void make() {
            Ear ear = new Ear(this);
            members.put(ear, maker.make(domain, spec, ear));
            tell();
        }

        private Optional<HostRun> take(HostRun waits, Object stamp) {
            for (Map.Entry<RunListener, Spare> each : List.copyOf(members.entrySet())) {
                HostRun host = each.getValue().host;
                if (host.standsReady() && stamp.equals(each.getValue().stamp)) {
                    members.remove(each.getKey());
                    try {
                        host.take(waits);
                        failures = 0;
                        failure = "";
                        return Optional.of(host);
                    } catch (IOException e) {
                        host.discard();
                        failed("it could not be made the run: " + e);
                    }
                }
            }
            return Optional.empty();
        }

        private void made(Object stamp, String digest) {
            for (Map.Entry<RunListener, Spare> each : List.copyOf(members.entrySet())) {
                Optional<String> known = each.getValue().host.closure();
                if (known.equals(Optional.of(digest))) {
                    each.getValue().stamp(stamp);
                } else if (known.isPresent()) {
                    members.remove(each.getKey());
                    each.getValue().host.discard();
                }
            }
        }

        private void discardAll() {
            gone = true;
            discard(members.values());
        }

        private void discard(Collection<Spare> all) {
            List<Spare> discarded = new ArrayList<>(all);
            members.clear();
            discarded.forEach(it -> it.host.discard());
        }

        /** On its own, not by our will. */
        private void lost(RunListener ear, String reason) {
            if (members.remove(ear) != null) {
                failed(reason);
            }
            tell();
            look();
        }

        private void failed(String reason) {
            failures++;
            failure = reason.lines().findFirst().orElse("");
            Duration pause = times.retry(failures);
            notBefore = System.nanoTime() + pause.toNanos();
            LOG.warn(
                    "a warm instance of {} was lost: {}; another is made in {} s",
                    spec.label(),
                    reason,
                    toSeconds(pause));
        }

        private void tell() {
            if (gone) {
                return;
            }
            int ready = (int) members.values().stream()
                    .filter(it -> it.host.standsReady())
                    .count();
            List<String> facts = new ArrayList<>();
            if (asleep) {
                facts.add("no warm instances: it was not started for "
                        + times.idle().toMinutes() + " min; the next start brings them back");
            } else if (!failure.isEmpty()) {
                facts.add("the last warm instance was lost: " + failure);
            } else if (lacks() && total() >= MOST) {
                facts.add("not all warm instances: the container keeps " + MOST + " at most");
            }
            told.put(spec.label(), new Told(ready, facts));
        }

        private static String toSeconds(Duration time) {
            return Long.toString(Math.max(1, time.toSeconds()));
        }
    }

    /** Hears of one spare as long as it is one; then it is the run's own listener that does. */
    private final class Ear implements RunListener {
        private final Pool pool;

        private Ear(Pool pool) {
            this.pool = pool;
        }

        @Override
        public void started(RunId run, Optional<ProcessIdentity> process) {
            // It is of use when it is ready.
        }

        @Override
        public void ready(RunId run) {
            agenda.post(() -> {
                pool.tell();
                look();
            });
        }

        @Override
        public void startFailed(RunId run, String reason) {
            agenda.post(() -> pool.lost(this, "it could not be made: " + reason));
        }

        @Override
        public void ended(RunId run, RunEnd end, Optional<Usage> usage) {
            agenda.post(() -> pool.lost(this, end.text() + (end.detail().isEmpty() ? "" : "\n" + end.detail())));
        }

        @Override
        public void noted(RunId run, String note) {
            LOG.debug("a warm instance of {}: {}", pool.spec.label(), note);
        }
    }
}
