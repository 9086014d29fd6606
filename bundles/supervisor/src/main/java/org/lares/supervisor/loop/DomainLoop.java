package org.lares.supervisor.loop;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.lares.job.Domain;
import org.lares.job.JobException;
import org.lares.job.JobSpec;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.job.Work;
import org.lares.supervisor.core.Condition;
import org.lares.supervisor.core.DomainEffect;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.core.DomainMachine;
import org.lares.supervisor.core.DomainState;
import org.lares.supervisor.core.DomainView;
import org.lares.supervisor.core.Effect;
import org.lares.supervisor.core.Event;
import org.lares.supervisor.core.RequestId;
import org.lares.supervisor.core.Time;
import org.lares.supervisor.core.Timer;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.supervisor.store.Logs;
import org.lares.supervisor.store.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one owner of a domain's state: takes an event, asks {@link DomainMachine}, writes what must last, performs the
 * effects, publishes the new state. Everything happens on the thread {@code lares-loop}; all public methods may be called
 * from any other thread.
 */
public final class DomainLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DomainLoop.class);

    /** Events that wait. Requests beyond it are refused; runners' reports wait for room, so none is lost. */
    private static final int QUEUE_LIMIT = 10_000;

    private static final int NOTES_LIMIT = 20;

    private final Domain domain;
    private final Supplier<Time> clock;
    private final Function<Work, Optional<Runner>> runners;
    private final Logs logs;
    private final Thread thread;
    private final PathWatch paths;
    private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(QUEUE_LIMIT);
    private final Map<RequestId, CompletableFuture<Optional<JobStatus.LiveRun>>> requests = new ConcurrentHashMap<>();
    private final Object requestIds = new Object();
    private final RunListener listener = new Listener();

    private volatile Published published;
    private volatile boolean closed;
    private long lastRequest;

    // Owned by the loop thread.
    private final Persistence persistence;
    private final Deadlines deadlines = new Deadlines();
    private final Deque<DomainEvent> answered = new ArrayDeque<>();
    private final Map<RunId, Ordered> ordered = new HashMap<>();
    private DomainState state;
    private Map<Label, DomainView.Told> told = Map.of();
    private Map<Label, Runner> prepared = Map.of();

    /** Whose run it is and who runs it: a definition may be replaced by one of another kind under a live run. */
    private record Ordered(Label label, Runner runner) {}

    private record Published(
            DomainState state, Map<Label, DomainView.Told> told, Map<Label, Runner> prepared, Optional<String> degraded)
            implements DomainView.Asked {

        @Override
        public int spares(Label label) {
            Runner runner = prepared.get(label);
            return runner == null ? 0 : runner.spares(label);
        }

        @Override
        public List<String> facts(Label label) {
            Runner runner = prepared.get(label);
            return runner == null ? List.of() : runner.facts(label);
        }
    }

    /**
     * @param runners who runs a kind of work at present; called on the loop thread
     * @throws IOException if the kernel's file notification cannot be had
     */
    public DomainLoop(
            Domain domain, Supplier<Time> clock, Store store, Logs logs, Function<Work, Optional<Runner>> runners)
            throws IOException {
        this.domain = domain;
        this.clock = clock;
        this.runners = runners;
        this.logs = logs;
        persistence = new Persistence(store);
        state = DomainState.EMPTY;
        published = new Published(state, told, prepared, Optional.empty());
        paths = new PathWatch((path, exists) -> post(() -> conditionChanged(path, exists)));
        thread = new Thread(this::run, "lares-loop");
    }

    /** Begins to work, with what the store remembers. Once. */
    public void start() {
        answered.add(new DomainEvent.Restored(persistence.memories(), persistence.lastRun()));
        thread.start();
    }

    public Domain domain() {
        return domain;
    }

    /** All jobs as they are now, by label. */
    public List<JobStatus> statuses() {
        Published now = published;
        return DomainView.of(domain, now.state, now.told, now, clock.get());
    }

    public Optional<JobStatus> status(Label label) {
        Published now = published;
        return DomainView.of(domain, now.state, label, now.told, now, clock.get());
    }

    /** The definition that is loaded when the present job of that label has gone, if one waits. */
    public Optional<JobSpec> successor(Label label) {
        return Optional.ofNullable(published.state.successors().get(label)).map(DomainState.Successor::spec);
    }

    /** Why nothing can be written at present, if so. */
    public Optional<String> degraded() {
        return published.degraded;
    }

    /**
     * Asks for something.
     *
     * @return completes as the request does; the run for a kickstart; exceptionally with a {@link JobException}
     */
    public CompletionStage<Optional<JobStatus.LiveRun>> request(Function<RequestId, DomainEvent> event) {
        CompletableFuture<Optional<JobStatus.LiveRun>> future = new CompletableFuture<>();
        RequestId id;
        synchronized (requestIds) {
            id = new RequestId(++lastRequest);
        }
        requests.put(id, future);
        DomainEvent asked = event.apply(id);
        if (closed || !queue.offer(() -> step(asked))) {
            requests.remove(id);
            future.completeExceptionally(new JobException(
                    closed ? JobException.Code.UNAVAILABLE : JobException.Code.BUSY,
                    closed
                            ? "cannot take the request: the container shuts down; start it again"
                            : "cannot take the request: " + QUEUE_LIMIT + " others wait; try again later"));
        }
        return future;
    }

    /** Tells the loop what happened; waits for room if it has very much to do. */
    public void post(DomainEvent event) {
        post(() -> step(event));
    }

    private void post(Runnable item) {
        boolean interrupted = false;
        while (!closed) {
            try {
                if (queue.offer(item, 1, TimeUnit.SECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the loop without touching any run. Ask {@link DomainEvent.ShutdownAll} first where runs are to end. */
    @Override
    public void close() throws IOException, InterruptedException {
        post(() -> closed = true);
        thread.join();
        paths.close();
        JobException gone = new JobException(
                JobException.Code.UNAVAILABLE, "cannot answer: the container shuts down; start it again");
        requests.values().forEach(future -> future.completeExceptionally(gone));
    }

    private void run() {
        while (!closed) {
            DomainEvent event = answered.poll();
            if (event != null) {
                step(event);
                continue;
            }
            Duration now = clock.get().monotonic();
            Optional<Map.Entry<Label, Timer>> due = deadlines.takeDue(now);
            if (due.isPresent()) {
                step(new DomainEvent.ForJob(
                        due.get().getKey(), new Event.TimerFired(due.get().getValue())));
                continue;
            }
            try {
                Optional<Duration> wait = deadlines.untilNext(now);
                Runnable item =
                        wait.isPresent() ? queue.poll(wait.get().toNanos(), TimeUnit.NANOSECONDS) : queue.take();
                if (item != null) {
                    item.run();
                }
            } catch (InterruptedException e) {
                LOG.warn("the supervisor's loop was interrupted; it goes on, since only close() ends it");
            }
        }
    }

    /** A step that throws is a defect of the core; the state stays as it was and the domain serves on. */
    private void step(DomainEvent event) {
        Time now = clock.get();
        DomainMachine.Step step;
        try {
            step = DomainMachine.step(state, event, now);
        } catch (RuntimeException e) {
            LOG.error("cannot decide on {}: {}; the event is dropped, please report this", event, e.toString(), e);
            Requests.idOf(event)
                    .ifPresent(id -> answer(
                            id,
                            new Effect.Outcome.Refused(
                                    JobException.Code.FAILED,
                                    "cannot carry out the request: a defect in the supervisor (" + e
                                            + "); nothing was changed, see the container's log")));
            return;
        }
        Optional<RequestId> request = Requests.idOf(event);
        boolean droppable = request.isPresent() && Requests.mayBeDropped(event);
        Optional<String> failure = persistence.write(state, step, droppable);
        if (failure.isPresent() && droppable) {
            answer(
                    request.get(),
                    new Effect.Outcome.Refused(
                            JobException.Code.FAILED,
                            "cannot " + Requests.text(event) + ": what is to last cannot be written (" + failure.get()
                                    + "); make room there and ask again, nothing was changed"));
            return;
        }
        state = step.next();
        for (DomainEffect effect : step.effects()) {
            if (effect instanceof DomainEffect.Answer answer) {
                answer(answer.request(), answer.outcome());
            } else if (effect instanceof DomainEffect.ForJob job) {
                perform(job.label(), job.effect(), failure);
            }
        }
        publish();
    }

    private void publish() {
        published = new Published(state, told, prepared, persistence.degraded());
    }

    private void perform(Label label, Effect effect, Optional<String> writeFailure) {
        if (effect instanceof Effect.Prepare prepare) {
            prepare(label, prepare.spec());
        } else if (effect instanceof Effect.LetGo) {
            preparedBy(label, Optional.empty());
        } else if (effect instanceof Effect.Spawn spawn) {
            if (writeFailure.isPresent()) {
                // A run that is not written down would be doubled if the container were killed now.
                startFailed(label, spawn.run(), "the run cannot be written down: " + writeFailure.get());
            } else {
                spawn(label, spawn.run(), spawn.spec());
            }
        } else if (effect instanceof Effect.Adopt adopt) {
            adopt(label, adopt);
        } else if (effect instanceof Effect.Signal signal) {
            signal(label, signal);
        } else if (effect instanceof Effect.SetTimer set) {
            deadlines.set(label, set.timer());
        } else if (effect instanceof Effect.CancelTimer cancel) {
            deadlines.cancel(label, cancel.kind());
        } else if (effect instanceof Effect.Watch watch && watch.condition() instanceof Condition.PathExists path) {
            watch(label, path);
        } else if (effect instanceof Effect.Unwatch unwatch
                && unwatch.condition() instanceof Condition.PathExists path) {
            paths.unwatch(path.path());
        } else if (effect instanceof Effect.Answer answer) {
            answer(answer.request(), answer.outcome());
        } else if (effect instanceof Effect.Forget) {
            setTold(label, DomainView.Told.NOTHING);
        }
    }

    private void prepare(Label label, JobSpec spec) {
        Optional<Runner> runner = runners.apply(spec.work());
        preparedBy(label, runner);
        runner.ifPresent(it -> it.prepare(domain, spec));
    }

    /** The one before, if that is another, lets go of what it made ready. */
    private void preparedBy(Label label, Optional<Runner> runner) {
        Map<Label, Runner> next = new HashMap<>(prepared);
        Runner before = runner.isPresent() ? next.put(label, runner.get()) : next.remove(label);
        prepared = Map.copyOf(next);
        if (before != null && !runner.equals(Optional.of(before))) {
            before.forget(label);
        }
    }

    private void spawn(Label label, RunId run, JobSpec spec) {
        Optional<Runner> runner = runners.apply(spec.work());
        if (runner.isEmpty()) {
            startFailed(label, run, "nobody here runs this kind of work; see whether org.lares.sandbox is active");
            return;
        }
        Path log;
        try {
            log = logs.create(label, run);
        } catch (IOException e) {
            startFailed(label, run, "its log cannot be made (" + e.getMessage() + "); make room or mend the folder");
            return;
        }
        ordered.put(run, new Ordered(label, runner.get()));
        setTold(label, DomainView.Told.NOTHING);
        runner.get().start(new Launch(domain, spec, run, log), listener);
        try {
            logs.prune(label);
        } catch (IOException e) {
            LOG.warn("cannot remove old logs of {}: {}", label, e.getMessage());
        }
    }

    private void adopt(Label label, Effect.Adopt adopt) {
        RunId run = adopt.run();
        Optional<Runner> runner = runners.apply(adopt.spec().work());
        if (runner.isEmpty()) {
            // It may well be alive; to call it ended would be to start a second one.
            LOG.error("nobody here can take over run {} of {}; it is taken to be alive", run, label);
            answered.add(new DomainEvent.ForJob(label, new Event.Started(run, adopt.process())));
            return;
        }
        Path log;
        try {
            log = logs.adopt(label, run);
        } catch (IOException e) {
            // The run has its log open; to leave the run alone for it would be to start a second one.
            LOG.warn("the log of run {} of {} is not looked after any more: {}", run, label, e.getMessage());
            log = Path.of("/dev/null");
        }
        ordered.put(run, new Ordered(label, runner.get()));
        runner.get().adopt(new Launch(domain, adopt.spec(), run, log), adopt.process(), listener);
    }

    private void startFailed(Label label, RunId run, String reason) {
        answered.add(new DomainEvent.ForJob(label, new Event.StartFailed(run, reason)));
    }

    private void signal(Label label, Effect.Signal signal) {
        Ordered run = ordered.get(signal.run());
        Optional<String> error = run == null
                ? Optional.of("nobody here looks after run " + signal.run())
                : run.runner().signal(signal.run(), signal.signal());
        answered.add(new DomainEvent.ForJob(
                label, new Event.Signalled(signal.run(), signal.signal(), signal.request(), error)));
    }

    private void watch(Label label, Condition.PathExists path) {
        boolean exists = paths.watch(path.path());
        answered.add(new DomainEvent.ForJob(label, new Event.ConditionChanged(path, exists)));
    }

    private void conditionChanged(String path, boolean exists) {
        Condition condition = new Condition.PathExists(path);
        state.jobs().forEach((label, entry) -> {
            if (entry.spec().policy().keepAlive().pathState().containsKey(path)) {
                answered.add(new DomainEvent.ForJob(label, new Event.ConditionChanged(condition, exists)));
            }
        });
    }

    /** Whoever is answered and looks sees what the answer speaks of. */
    private void answer(RequestId id, Effect.Outcome outcome) {
        publish();
        CompletableFuture<Optional<JobStatus.LiveRun>> future = requests.remove(id);
        if (future == null) {
            LOG.error("request {} was answered twice or never asked; please report this", id.value());
        } else if (outcome instanceof Effect.Outcome.Done done) {
            future.complete(done.run());
        } else if (outcome instanceof Effect.Outcome.Refused refused) {
            future.completeExceptionally(new JobException(refused.code(), refused.message()));
        }
    }

    private void setTold(Label label, DomainView.Told ofLabel) {
        Map<Label, DomainView.Told> next = new HashMap<>(told);
        if (ofLabel.equals(DomainView.Told.NOTHING)) {
            next.remove(label);
        } else {
            next.put(label, ofLabel);
        }
        told = Map.copyOf(next);
    }

    private void addNote(RunId run, String note) {
        tell(run, before -> {
            List<String> notes = new ArrayList<>(before.notes());
            if (notes.size() == NOTES_LIMIT) {
                notes.remove(0);
            }
            notes.add(note);
            return new DomainView.Told(notes, before.ready());
        });
    }

    private void setReady(RunId run) {
        Instant now = clock.get().wall();
        tell(run, before -> new DomainView.Told(before.notes(), Optional.of(now)));
    }

    private void tell(RunId run, UnaryOperator<DomainView.Told> change) {
        if (ordered.containsKey(run)) {
            Label label = ordered.get(run).label();
            setTold(label, change.apply(told.getOrDefault(label, DomainView.Told.NOTHING)));
            publish();
        }
    }

    /** Runs report from any thread; from the loop's own they are taken up after the current step. */
    private final class Listener implements RunListener {
        @Override
        public void started(RunId run, Optional<ProcessIdentity> process) {
            report(run, new Event.Started(run, process));
        }

        @Override
        public void ready(RunId run) {
            post(() -> setReady(run));
        }

        @Override
        public void startFailed(RunId run, String reason) {
            report(run, new Event.StartFailed(run, reason));
        }

        @Override
        public void ended(RunId run, RunEnd end, Optional<Usage> usage) {
            report(run, new Event.Ended(run, end, usage));
        }

        @Override
        public void noted(RunId run, String note) {
            post(() -> addNote(run, note));
        }

        private void report(RunId run, Event event) {
            Runnable item = () -> {
                boolean over = event instanceof Event.Ended || event instanceof Event.StartFailed;
                Label label = (over ? ordered.remove(run) : ordered.get(run)).label();
                if (over) {
                    logs.ended(label, run);
                }
                answered.add(new DomainEvent.ForJob(label, event));
            };
            if (Thread.currentThread() == thread) {
                item.run();
            } else {
                post(item);
            }
        }
    }
}
