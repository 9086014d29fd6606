package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.job.Work;
import org.lares.supervisor.runner.Runner;

/** How runs end, with real processes. */
class ProgramRunnerTest {
    private static final RunId FIRST = RunId.of(1);
    private static final int KILL = 9;

    private final CgroupMounts mounts =
            CgroupMounts.ofThisProcess("lares-test-" + ProcessHandle.current().pid());
    private final ProgramRunner runner = new ProgramRunner(new Cgroups(mounts));
    private final Recorder heard = new Recorder();

    @TempDir
    Path folder;

    private Path log;
    private Fifo fifo;

    @BeforeEach
    void createFiles() throws Exception {
        log = Files.createFile(folder.resolve("log"));
        fifo = Fifo.create(folder.resolve("fifo"));
    }

    @AfterEach
    void closeRunner() {
        runner.close();
        for (Hierarchy hierarchy : mounts.used(true)) {
            assertFalse(Files.exists(hierarchy.base()), () -> hierarchy.base() + " is left");
        }
    }

    private void start(Job job) {
        runner.start(job.launch(1, log), heard);
    }

    private static boolean alive(String pid) {
        return ProcStat.of(Long.parseLong(pid)).filter(stat -> !stat.dead()).isPresent();
    }

    private static void destroy(String pid) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
    }

    @Test
    void shouldRunProgramsOnly() {
        assertTrue(runner.runs(Job.of("/bin/true").work()));
        assertFalse(runner.runs(Work.BundleWork.installed(1, "a", org.lares.job.Isolation.CONTAINER)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 137, 143, 255})
    void shouldReportTheExitStatus(int status) {
        start(Job.shell("exit " + status));
        heard.started();
        assertEquals(RunEnd.exited(status), heard.ended().end());
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 9, 11, 13, 15})
    void shouldTellASignalFromAnExitStatus(int signal) {
        Job job = Job.shell("kill -" + signal + " $$");
        job.soft.put("Core", 0L);
        start(job);
        heard.started();
        assertEquals(RunEnd.signaled(signal), heard.ended().end());
    }

    @Test
    void shouldReportWhatARunConsumed() {
        start(Job.shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"));
        heard.started();
        Usage usage = heard.ended().usage().orElseThrow();
        assertTrue(usage.cpu().toNanos() > 0);
    }

    @Test
    void shouldReportTheMemoryOfARunThatGrewBeyondTheContainer() {
        long size = 1L << 30;
        start(Job.shell("exec dd if=/dev/zero of=/dev/null bs=" + size + " count=1"));
        heard.started();
        assertTrue(heard.ended().usage().orElseThrow().memory() >= size);
    }

    @Test
    void shouldEndPolitely() {
        start(Job.of("/bin/sleep", "1000"));
        heard.started();
        assertEquals(Optional.empty(), runner.signal(FIRST, Runner.END));
        assertEquals(RunEnd.signaled(15), heard.ended().end());
        assertEquals(Optional.empty(), runner.signal(FIRST, Runner.END));
    }

    @Test
    void shouldKeepASignalForARunThatIsStillBeingStarted() {
        start(Job.of("/bin/sleep", "1000"));
        runner.signal(FIRST, Runner.END);
        heard.started();
        assertEquals(RunEnd.signaled(15), heard.ended().end());
    }

    @Test
    void shouldPassOtherSignalsOn() throws Exception {
        start(Job.shell("trap 'exit 7' USR1; echo ready >" + fifo + "; while :; do sleep 1000 & wait; done"));
        heard.started();
        fifo.read();
        runner.signal(FIRST, 10);
        assertEquals(RunEnd.exited(7), heard.ended().end());
    }

    @Test
    void shouldEndByForceWhatIgnoresTheAsking() throws Exception {
        start(Job.shell("trap '' TERM; sleep 1000 & echo $! >" + fifo + "; wait; sleep 1000"));
        heard.started();
        String sleeper = fifo.read();
        runner.signal(FIRST, Runner.END);
        assertTrue(alive(sleeper));
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
        assertFalse(alive(sleeper));
    }

    @Test
    void shouldEndTheRestOfTheGroupBeforeReportingTheEnd() throws Exception {
        start(Job.shell("sleep 1000 & echo $! >" + fifo + "; exit 5"));
        heard.started();
        String sleeper = fifo.read();
        assertEquals(RunEnd.exited(5), heard.ended().end());
        assertFalse(alive(sleeper));
    }

    @Test
    void shouldKillTheRestOfTheGroupThatIgnoresTheAsking() throws Exception {
        start(Job.shell("trap '' TERM; sleep 1000 & echo $! >" + fifo + "; exit 5"));
        heard.started();
        String sleeper = fifo.read();
        assertEquals(RunEnd.exited(5), heard.ended().end());
        assertFalse(alive(sleeper));
    }

    @Test
    void shouldLeaveAnAbandonedGroupAlone() throws Exception {
        Job job = Job.shell("sleep 1000 & echo $! >" + fifo + "; wait");
        job.abandon = true;
        start(job);
        heard.started();
        String sleeper = fifo.read();
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
        assertTrue(alive(sleeper));
        // Until it is gone its control group is not.
        destroy(sleeper);
    }

    @Test
    void shouldRunEachInASessionAndGroupOfItsOwn() throws Exception {
        start(Job.shell("read line <" + fifo));
        ProcStat stat = ProcStat.of(heard.started().identity().pid()).orElseThrow();
        assertEquals(stat.pid(), stat.session());
        assertEquals(stat.pid(), stat.group());
        fifo.write("go\n");
        heard.ended();
    }

    @Test
    void shouldFindNothingWrongWithARunThatWorks() throws Exception {
        Job job = Job.shell("echo ready >" + fifo + "; read line <" + fifo);
        start(job);
        heard.started();
        fifo.read();
        assertEquals(List.of(), runner.diagnose(job.spec(), Optional.of(FIRST)));
        runner.signal(FIRST, KILL);
        heard.ended();
        assertEquals(List.of(), runner.diagnose(job.spec(), Optional.of(FIRST)));
    }

    @Test
    void shouldRunTwoHundredAtOnceOnTwoThreads() throws Exception {
        int count = 200;
        for (int i = 1; i <= count; i++) {
            runner.start(Job.shell("exit " + i).launch(i, log), heard);
        }
        Map<RunId, RunEnd> ends = new HashMap<>();
        int started = 0;
        while (ends.size() < count) {
            Recorder.Report report = heard.next(Recorder.Report.class);
            if (report instanceof Recorder.Ended ended) {
                ends.put(ended.run(), ended.end());
            } else {
                assertTrue(report instanceof Recorder.Started, report::toString);
                started++;
            }
        }
        assertEquals(count, started);
        ends.forEach((run, end) -> assertEquals(RunEnd.exited((int) run.value()), end));
        assertEquals(
                List.of("lares-reaper", "lares-spawner"),
                Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("lares-"))
                        .sorted()
                        .toList());
        long self = ProcessHandle.current().pid();
        assertTrue(ProcStat.all().stream().noneMatch(process -> process.parent() == self && process.dead()));
        assertTrue(heard.silent());
    }

    @Test
    void shouldRefuseARunThatExists() {
        start(Job.of("/bin/sleep", "1000"));
        heard.started();
        start(Job.of("/bin/true"));
        heard.failed();
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
    }

    @Test
    void shouldSayWhatHinderedTheChain() {
        Job job = Job.of("/bin/true");
        job.soft.put("NumberOfFiles", 100L);
        job.hard.put("NumberOfFiles", 50L);
        start(job);
        String reason = heard.failed().reason();
        assertTrue(reason.contains("limit"), reason);
    }

    @Test
    void shouldSayThatAFileIsNoProgram() throws Exception {
        Path file = Files.writeString(folder.resolve("program"), "no program\n");
        assertTrue(file.toFile().setExecutable(true));
        start(Job.of(file.toString()));
        String reason = heard.failed().reason();
        assertTrue(reason.contains("#!"), reason);
    }

    @Test
    void shouldSayWhatIsMissingDownToTheLeaf() {
        Job job = Job.of("/nowhere/at/all");
        assertEquals(
                List.of(
                        "the program /nowhere/at/all is missing",
                        "the folder /nowhere does not exist; install it or correct Program"),
                runner.diagnose(job.spec(), Optional.empty()));
        start(job);
        assertEquals(
                "the program /nowhere/at/all is missing: the folder /nowhere does not exist; install it or correct Program",
                heard.failed().reason());
    }

    @Test
    void shouldSayEachKindOfObstacle() throws Exception {
        Path script = Files.writeString(folder.resolve("script"), "#!/no/such/interpreter\n");
        assertRefused(Job.of(script.toString()), "is not executable; chmod +x " + script);
        assertTrue(script.toFile().setExecutable(true));
        assertRefused(Job.of(script.toString()), "its interpreter /no/such/interpreter is missing");
        Files.writeString(script, "#!/usr/bin/env no-such-interpreter\n");
        assertRefused(Job.of(script.toString()), "its interpreter no-such-interpreter is not in its PATH");
        assertRefused(Job.of(folder.toString()), "is a folder");
        assertRefused(Job.of("no-such-program"), "there is no program no-such-program in /usr/bin");
        assertRefused(Job.of("bin/true"), "relative path");
        Job job = Job.of("/bin/true");
        job.directory = Optional.of(folder.resolve("a/b"));
        assertRefused(job, "the folder " + folder.resolve("a") + " does not exist");
        job.directory = Optional.of(log);
        assertRefused(job, "is not a folder");
        job.directory = Optional.empty();
        job.user = Optional.of("no-such-user");
        assertRefused(job, "there is no user no-such-user");
        job.user = Optional.empty();
        job.group = Optional.of("no-such-group");
        assertRefused(job, "there is no group no-such-group");
        job.group = Optional.empty();
        job.out = Optional.of(folder.resolve("none/out"));
        assertRefused(job, "its log " + folder.resolve("none/out") + " cannot be created");
        job.out = Optional.of(fifo.path());
        assertRefused(job, "StandardOutPath " + fifo + " is a pipe");
        job.out = Optional.empty();
        job.in = Optional.of(folder.resolve("none"));
        assertRefused(job, "its standard input " + folder.resolve("none") + " is missing");
        job.in = Optional.empty();
        job.soft.put("Nonsense", 1L);
        assertRefused(job, "there is no resource limit Nonsense");
    }

    private void assertRefused(Job job, String part) {
        start(job);
        String reason = heard.failed().reason();
        assertTrue(reason.contains(part), reason);
        assertTrue(reason.contains("; "), reason);
        assertEquals(reason, String.join(": ", runner.diagnose(job.spec(), Optional.empty())));
    }

    @Test
    void shouldGoOnWhenTheRunnerIsClosed() {
        Job job = Job.of("/bin/sleep", "1000");
        start(job);
        Recorder.Started started = heard.started();
        runner.close();
        ProgramRunner next = new ProgramRunner(new Cgroups(mounts));
        try {
            next.adopt(job.launch(1, log), started.process(), heard);
            assertEquals(started, heard.started());
            next.signal(FIRST, Runner.END);
            Recorder.Ended ended = heard.ended();
            assertEquals(RunEnd.signaled(15), ended.end());
            assertTrue(ended.usage().isPresent());
        } finally {
            next.close();
        }
    }

    @Test
    void shouldRefuseStartsAfterItsEnd() {
        runner.close();
        start(Job.of("/bin/true"));
        heard.failed();
    }

    @Test
    void shouldSendAllOutputToTheLogInOrder() throws Exception {
        Files.writeString(log, "before\n");
        Job job = Job.shell("echo out; echo error >&2; echo out again");
        job.umask = OptionalInt.of(022);
        start(job);
        heard.started();
        heard.ended();
        assertEquals(List.of("before", "out", "error", "out again"), Files.readAllLines(log));
    }
}
