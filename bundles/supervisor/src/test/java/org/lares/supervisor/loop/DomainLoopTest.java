package org.lares.supervisor.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Caller;
import org.lares.job.Domain;
import org.lares.job.JobException;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.Work;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.core.Event;
import org.lares.supervisor.core.RequestId;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.supervisor.store.Logs;
import org.lares.supervisor.store.Store;

@Timeout(60)
class DomainLoopTest {
    private static final Label LABEL = Label.of("org.lares.test.job");
    private static final Caller CALLER = new Caller(0, 0, OptionalLong.empty());

    @TempDir
    private Path folder;

    private final ScriptedRunner runner = new ScriptedRunner();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Store store;
    private DomainLoop loop;

    @BeforeEach
    void open() throws Exception {
        store = Store.open(folder.resolve("store"));
        Logs logs = Logs.open(folder.resolve("log"));
        loop = new DomainLoop(Domain.SYSTEM, new SystemClock(), store, logs, work -> Optional.of(runner));
        opened.addAll(List.of(store, logs, loop));
        loop.start();
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        opened.clear();
    }

    @Test
    void shouldStartAJobThatRunsAtLoad() throws Exception {
        bootstrap(Policy.builder().runAtLoad(true));

        Run run = runner.nextStart();
        run.started();
        run.ended(RunEnd.exited(3));

        // Whoever is answered after the end sees the end.
        await(loop.request(id -> new DomainEvent.SetEnabled(Label.of("other"), true, id, CALLER)));
        JobStatus status = loop.status(LABEL).orElseThrow();
        assertEquals(JobState.IDLE, status.state());
        assertEquals(3, status.last().orElseThrow().end().code().orElseThrow());
        assertEquals(1, store.history(LABEL).size());
        assertTrue(Files.exists(run.launch.log()));
    }

    @Test
    void shouldKeepAliveWhatEnds() throws Exception {
        bootstrap(Policy.builder().keepAlive(KeepAlive.ALWAYS).throttle(Duration.ZERO));

        RunId before = RunId.of(1);
        for (int i = 0; i < 10; i++) {
            Run run = runner.nextStart();
            assertTrue(i == 0 || run.launch.run().compareTo(before) > 0);
            before = run.launch.run();
            run.started();
            run.ended(RunEnd.signaled(9));
        }
        runner.nextStart();

        List<RunRecord> history = store.history(LABEL);
        assertEquals(10, history.size());
        assertTrue(history.stream().allMatch(record -> record.end().signal().orElse(0) == 9));
    }

    @Test
    void shouldAnswerAKickstartOnceTheRunIsThere() throws Exception {
        bootstrap(Policy.builder());

        CompletionStage<Optional<JobStatus.LiveRun>> answer = kickstart();
        Run run = runner.nextStart();
        run.started();

        assertEquals(run.launch.run(), await(answer).orElseThrow().id());
    }

    @Test
    void shouldRefuseWhatIsNotThereWithItsCode() {
        JobException refusal = refusal(kickstart());

        assertEquals(JobException.Code.NO_SUCH_JOB, refusal.code());
    }

    @Test
    void shouldEndARunThatARunnerReportsOnTheLoopsOwnThread() throws Exception {
        runner.failure = "there is no such program";
        bootstrap(Policy.builder());

        JobException refusal = refusal(kickstart());

        assertTrue(refusal.getMessage().contains("there is no such program"), refusal.getMessage());
        assertEquals(
                RunEnd.Cause.SPAWN_FAILED, store.history(LABEL).get(0).end().cause());
    }

    @Test
    void shouldAdoptWhatAFormerLifeHasLeftRunning() throws Exception {
        bootstrap(Policy.builder().keepAlive(KeepAlive.ALWAYS));
        Run run = runner.nextStart();
        ProcessIdentity process =
                new ProcessIdentity(4711, 42, new SystemClock().get().bootId());
        run.listener.started(run.launch.run(), Optional.of(process));
        await(loop.request(id -> new DomainEvent.SetEnabled(Label.of("other"), true, id, CALLER)));

        close();
        open();
        bootstrap(Policy.builder().keepAlive(KeepAlive.ALWAYS));

        Run adopted = runner.nextStart();
        assertEquals(Optional.of(process), adopted.adopted);
        assertEquals(run.launch.run(), adopted.launch.run());
        adopted.listener.started(adopted.launch.run(), Optional.of(process));
        assertEquals(run.launch.run(), await(kickstart()).orElseThrow().id());
    }

    @Test
    void shouldEndAllRunsAtShutdown() throws Exception {
        bootstrap(Policy.builder().keepAlive(KeepAlive.ALWAYS).throttle(Duration.ZERO));
        Run run = runner.nextStart();
        run.started();

        CompletionStage<?> shutdown = loop.request(id -> new DomainEvent.ShutdownAll(id, false));
        assertEquals(Runner.END, runner.nextSignal());
        run.ended(RunEnd.signaled(15));

        await(shutdown);
        assertTrue(runner.starts.isEmpty());
        assertEquals(
                JobException.Code.FAILED,
                refusal(bootstrapRequest(Policy.builder(), "org.lares.test.late"))
                        .code());
    }

    @Test
    void shouldRefuseRequestsAndServeOnWhileNothingCanBeWritten() throws Exception {
        close();
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "lares-test", disk.toString()),
                "needs root and the right to mount a tmpfs");
        try {
            serveOnAFullDisk(disk);
        } finally {
            close();
            run("umount", disk.toString());
        }
    }

    private void serveOnAFullDisk(Path disk) throws Exception {
        folder = disk;
        open();
        bootstrap(Policy.builder().keepAlive(KeepAlive.ALWAYS).throttle(Duration.ofSeconds(1)));
        Run first = runner.nextStart();
        first.started();
        await(kickstart());
        run("sh", "-c", "cat /dev/zero > " + disk.resolve("filler") + " 2>/dev/null");

        // What fits into the last page of the store's file is still written.
        int written = 0;
        while (disabled(Label.of("other-" + written))) {
            written++;
        }
        assertTrue(loop.degraded().isPresent());
        assertEquals(written + 1, store.memories().size());

        // What has happened is not refused; a run that cannot be written down is not begun.
        first.ended(RunEnd.signaled(9));
        refusal(kickstart());
        assertTrue(runner.starts.isEmpty());

        Files.delete(disk.resolve("filler"));
        Run second = runner.nextStart();
        second.started();
        await(kickstart());
        assertTrue(loop.degraded().isEmpty());
        assertTrue(store.history(LABEL).stream()
                .anyMatch(record -> record.run().equals(first.launch.run())
                        && record.end().signal().isPresent()));
    }

    private boolean disabled(Label label) throws Exception {
        CompletionStage<?> answer = loop.request(id -> new DomainEvent.SetEnabled(label, false, id, CALLER));
        try {
            await(answer);
            return true;
        } catch (ExecutionException e) {
            JobException refusal = assertInstanceOf(JobException.class, e.getCause());
            assertEquals(JobException.Code.FAILED, refusal.code());
            assertTrue(refusal.getMessage().startsWith("cannot disable " + label + ": "), refusal.getMessage());
            return false;
        }
    }

    private static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    @Test
    void shouldKeepTheLastNotesOfARun() throws Exception {
        bootstrap(Policy.builder().runAtLoad(true));
        Run run = runner.nextStart();
        run.started();
        for (int i = 0; i < 25; i++) {
            run.listener.noted(run.launch.run(), "note " + i);
        }
        await(loop.request(id -> new DomainEvent.SetEnabled(Label.of("other"), true, id, CALLER)));

        List<String> notes = loop.status(LABEL).orElseThrow().notes();
        assertEquals(20, notes.size());
        assertEquals("note 24", notes.get(19));
    }

    @Test
    void shouldAnswerEveryRequestOfManyThreads() throws Exception {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int thread = i;
            List<CompletableFuture<?>> own = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                own.add(new CompletableFuture<>());
            }
            answers.addAll(own);
            threads.add(new Thread(() -> {
                for (int j = 0; j < 100; j++) {
                    CompletableFuture<?> answer = own.get(j);
                    Label label = Label.of("job-" + thread + "-" + j);
                    loop.request(id -> new DomainEvent.SetEnabled(label, false, id, CALLER))
                            .whenComplete((run, error) -> answer.complete(null));
                }
            }));
        }
        threads.forEach(Thread::start);

        CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new)).get(50, TimeUnit.SECONDS);
        assertEquals(800, store.memories().size());
    }

    @Test
    void shouldTellTheRunnerWhatToMakeReadyAndShowWhatItSays() throws Exception {
        bootstrap(Policy.builder());
        assertEquals("prepare job", runner.preparations.poll(50, TimeUnit.SECONDS));

        CompletionStage<Optional<JobStatus.LiveRun>> answer = kickstart();
        Run run = runner.nextStart();
        run.started();
        await(answer);
        run.listener.ready(run.launch.run());
        await(loop.request(id -> new DomainEvent.SetEnabled(Label.of("other"), true, id, CALLER)));
        JobStatus status = loop.status(LABEL).orElseThrow();
        assertTrue(status.run().orElseThrow().ready().isPresent());
        assertEquals(3, status.spares());
        assertEquals(List.of("plain framework"), status.facts());

        run.ended(RunEnd.exited(0));
        await(loop.request(id -> new DomainEvent.SetEnabled(LABEL, false, id, CALLER)));
        assertEquals("forget", runner.preparations.poll(50, TimeUnit.SECONDS));
        assertEquals(0, loop.status(LABEL).orElseThrow().spares());
    }

    @Test
    void shouldRefuseRequestsAfterItIsClosed() throws Exception {
        loop.close();
        opened.remove(loop);

        assertEquals(JobException.Code.UNAVAILABLE, refusal(kickstart()).code());
    }

    private void bootstrap(Policy.Builder policy) throws Exception {
        await(bootstrapRequest(policy, LABEL.value()));
    }

    private CompletionStage<Optional<JobStatus.LiveRun>> bootstrapRequest(Policy.Builder policy, String label) {
        JobSpec spec = new JobSpec(
                Label.of(label),
                JobKind.DAEMON,
                new Origin.FileOrigin(Path.of("/etc/test.plist")),
                Work.ProgramWork.of("/bin/true"),
                policy.build(),
                "",
                List.of());
        return loop.request(id -> new DomainEvent.Bootstrap(List.of(spec), Map.of(), Optional.of(id)));
    }

    private CompletionStage<Optional<JobStatus.LiveRun>> kickstart() {
        return loop.request((RequestId id) -> new DomainEvent.ForJob(LABEL, new Event.Kickstart(false, id, CALLER)));
    }

    private static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    private static JobException refusal(CompletionStage<?> stage) {
        CompletionException failure = assertThrows(
                CompletionException.class, () -> stage.toCompletableFuture().join());
        return assertInstanceOf(JobException.class, failure.getCause());
    }

    /** A start or an adoption that the loop ordered, and the test's hand on what becomes of it. */
    private record Run(Launch launch, Optional<ProcessIdentity> adopted, RunListener listener) {
        void started() {
            listener.started(launch.run(), Optional.of(new ProcessIdentity(4711, 42, "boot")));
        }

        void ended(RunEnd end) {
            listener.ended(launch.run(), end, Optional.empty());
        }
    }

    private static final class ScriptedRunner implements Runner {
        final BlockingQueue<Run> starts = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> signals = new LinkedBlockingQueue<>();
        volatile String failure;

        Run nextStart() throws InterruptedException {
            Run run = starts.poll(50, TimeUnit.SECONDS);
            assertTrue(run != null, "the loop has ordered no start");
            return run;
        }

        int nextSignal() throws InterruptedException {
            Integer signal = signals.poll(50, TimeUnit.SECONDS);
            assertTrue(signal != null, "the loop has sent no signal");
            return signal;
        }

        final BlockingQueue<String> preparations = new LinkedBlockingQueue<>();

        @Override
        public boolean runs(Work work) {
            return true;
        }

        @Override
        public void prepare(Domain domain, JobSpec spec) {
            preparations.add("prepare job");
        }

        @Override
        public void forget(Label label) {
            preparations.add("forget");
        }

        @Override
        public int spares(Label label) {
            return 3;
        }

        @Override
        public List<String> facts(Label label) {
            return List.of("plain framework");
        }

        @Override
        public void start(Launch launch, RunListener listener) {
            if (failure != null) {
                listener.startFailed(launch.run(), failure);
            } else {
                starts.add(new Run(launch, Optional.empty(), listener));
            }
        }

        @Override
        public void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
            starts.add(new Run(launch, process, listener));
        }

        @Override
        public Optional<String> signal(RunId run, int signal) {
            signals.add(signal);
            return Optional.empty();
        }

        @Override
        public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
            return List.of();
        }
    }
}
