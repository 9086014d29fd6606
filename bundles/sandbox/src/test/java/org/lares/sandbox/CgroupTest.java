package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Limits;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.supervisor.runner.Runner;

/** Limits and whole trees with the kernel's own control groups; needs root, and groups that root may write. */
class CgroupTest {
    private static final RunId FIRST = RunId.of(1);
    private static final int KILL = 9;
    private static final long MEBIBYTE = 1 << 20;

    private final Recorder heard = new Recorder();

    @TempDir
    Path folder;

    private String base;
    private CgroupMounts mounts;
    private ProgramRunner runner;
    private Path log;
    private Fifo fifo;

    @BeforeEach
    void createRunner() throws Exception {
        base = "lares-test-" + folder.getFileName();
        mounts = mounts(base);
        assumeTrue(
                !mounts.used(true).isEmpty(),
                "no control groups can be made here: "
                        + mounts.obstacle("memory").orElse("") + "; run as root, where they are mounted writable");
        runner = new ProgramRunner(new Cgroups(mounts));
        log = Files.createFile(folder.resolve("log"));
        fifo = Fifo.create(folder.resolve("fifo"));
    }

    @AfterEach
    void shouldLeaveNothingBehind() throws IOException {
        if (runner != null) {
            runner.close();
            assertEquals(List.of(), groups());
        }
    }

    private List<Path> groups() throws IOException {
        List<Path> all = new ArrayList<>();
        for (Hierarchy hierarchy : mounts.used(true)) {
            if (Files.isDirectory(hierarchy.base())) {
                try (Stream<Path> tree = Files.walk(hierarchy.base())) {
                    tree.filter(Files::isDirectory).forEach(all::add);
                }
            }
        }
        return all;
    }

    CgroupMounts mounts(String name) throws IOException {
        return CgroupMounts.ofThisProcess(name);
    }

    private void assumeController(String controller) {
        assumeTrue(mounts.obstacle(controller).isEmpty(), () -> mounts.obstacle(controller)
                .orElse(""));
    }

    private static Limits memory(long bytes) {
        return new Limits(
                OptionalLong.of(bytes), OptionalDouble.empty(), OptionalInt.empty(), OptionalInt.empty(), false);
    }

    private static Limits processes(int number) {
        return new Limits(
                OptionalLong.empty(), OptionalDouble.empty(), OptionalInt.of(number), OptionalInt.empty(), false);
    }

    private static Limits files(int number, boolean advisory) {
        return new Limits(
                OptionalLong.empty(), OptionalDouble.empty(), OptionalInt.empty(), OptionalInt.of(number), advisory);
    }

    private void start(Job job) {
        runner.start(job.launch(1, log), heard);
    }

    private static boolean alive(String pid) {
        return ProcStat.of(Long.parseLong(pid)).filter(stat -> !stat.dead()).isPresent();
    }

    private String file(String controller, String name) throws IOException {
        for (Hierarchy hierarchy : mounts.used(true)) {
            if (hierarchy.has(controller)) {
                return ControlFile.read(
                        hierarchy.base().resolve("org.lares.test.1").resolve(name));
            }
        }
        throw new AssertionError("no controller " + controller);
    }

    @Test
    void shouldEndADaemonThatLeftOnStop() throws Exception {
        start(Job.shell("setsid env -i sh -c 'sleep 1000 & echo $! >" + fifo + "' & wait; exec sleep 1000"));
        heard.started();
        String daemon = fifo.read();
        runner.signal(FIRST, Runner.END);
        assertEquals(RunEnd.signaled(15), heard.ended().end());
        assertFalse(alive(daemon));
    }

    @Test
    void shouldEndADaemonThatIgnoresTheAsking() throws Exception {
        start(Job.shell("setsid env -i sh -c \"trap '' TERM; sleep 1000 & echo \\$! >" + fifo + "\" & wait; exit 3"));
        heard.started();
        String daemon = fifo.read();
        assertEquals(RunEnd.exited(3), heard.ended().end());
        assertFalse(alive(daemon));
    }

    @Test
    void shouldEndADaemonThatLeftOnKill() throws Exception {
        start(Job.shell(
                "setsid env -i sh -c \"trap '' TERM; sleep 1000 & echo \\$! >" + fifo + "\" & wait; exec sleep 1000"));
        heard.started();
        String daemon = fifo.read();
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
        assertFalse(alive(daemon));
    }

    @Test
    void shouldKillAJobThatStoppedItself() throws Exception {
        start(Job.shell("(kill -STOP $(exec sh -c 'echo $PPID'); exit) & echo $! >" + fifo + "; kill -STOP $$"));
        heard.started();
        String child = fifo.read();
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
        assertFalse(alive(child));
    }

    @Test
    void shouldHoldAForkBombAndEndIt() throws Exception {
        assumeController("pids");
        Job job =
                Job.shell("bomb() { bomb & bomb & wait; }; bomb 2>/dev/null & echo go >" + fifo + "; exec sleep 1000");
        job.limits = processes(20);
        start(job);
        heard.started();
        fifo.read();
        assertEquals("20", file("pids", "pids.max").strip());
        while (ControlFile.number(pids().resolve("pids.events"), "max").orElse(0) == 0) {
            assertTrue(heard.silent());
            Thread.onSpinWait();
        }
        assertTrue(Long.parseLong(file("pids", "pids.current").strip()) <= 20);
        runner.signal(FIRST, KILL);
        RunEnd end = heard.ended().end();
        assertEquals(RunEnd.signaled(9), end);
    }

    private Path pids() {
        return mounts.used(true).stream()
                .filter(hierarchy -> hierarchy.has("pids"))
                .findFirst()
                .orElseThrow()
                .base()
                .resolve("org.lares.test.1");
    }

    @Test
    void shouldSayThatARunWasOverItsMemoryLimit() {
        assumeController("memory");
        Job job = Job.shell("exec dd if=/dev/zero of=/dev/null bs=200M count=1");
        job.limits = memory(32 * MEBIBYTE);
        start(job);
        heard.started();
        Recorder.Ended ended = heard.ended();
        assertEquals(RunEnd.Cause.MEMORY_LIMIT, ended.end().cause(), ended.end()::text);
        assertEquals(OptionalInt.of(9), ended.end().signal());
        assertTrue(ended.end().detail().contains("the limit is " + 32 * MEBIBYTE + " bytes, its processes had 3"));
        long peak = ended.usage().orElseThrow().memory();
        assertTrue(peak > 16 * MEBIBYTE && peak <= 32 * MEBIBYTE, () -> "peak " + peak);
    }

    @Test
    void shouldNotCallAForcedEndAMatterOfMemory() throws Exception {
        assumeController("memory");
        Job job = Job.shell("dd if=/dev/zero of=/dev/null bs=200M count=1; echo ready >" + fifo + "; exec sleep 1000");
        job.limits = memory(32 * MEBIBYTE);
        start(job);
        heard.started();
        fifo.read();
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
    }

    @Test
    void shouldSlowDownWhatIsOverItsProcessorLimit() throws Exception {
        assumeController("cpu");
        Job job = Job.shell("while :; do :; done");
        job.limits = new Limits(
                OptionalLong.empty(), OptionalDouble.of(0.1), OptionalInt.empty(), OptionalInt.empty(), false);
        start(job);
        heard.started();
        Path cpu = mounts.used(true).stream()
                .filter(hierarchy -> hierarchy.has("cpu"))
                .findFirst()
                .orElseThrow()
                .base()
                .resolve("org.lares.test.1/cpu.stat");
        while (ControlFile.number(cpu, "nr_throttled").orElse(0) < 2) {
            assertTrue(heard.silent());
            Thread.onSpinWait();
        }
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
    }

    @Test
    void shouldLimitTheFilesOfEachProcess() throws Exception {
        Job job = Job.of(
                "/bin/bash",
                "-c",
                "for ((i = 0; i < 100000; i++)); do { exec {fd}</dev/null; } 2>/dev/null || break; done;"
                        + " echo $i $(ulimit -Sn) $(ulimit -Hn)");
        job.limits = files(64, false);
        start(job);
        heard.started();
        heard.ended();
        String[] words = Files.readString(log).strip().split("\n");
        String last = words[words.length - 1];
        assertTrue(last.endsWith(" 64 64"), last);
        assertTrue(Integer.parseInt(last.split(" ", -1)[0]) < 64, last);
    }

    @Test
    void shouldRefuseWhatCannotBeEnforcedUnlessAdvisory() {
        Job job = Job.shell("exit 4");
        job.limits = files(Integer.MAX_VALUE, false);
        start(job);
        String reason = heard.failed().reason();
        assertTrue(reason.contains("; lower it or raise the sysctl fs.nr_open"), reason);
        assertEquals(List.of(reason), runner.diagnose(job.spec(), Optional.empty()));
        job.limits = files(Integer.MAX_VALUE, true);
        start(job);
        heard.started();
        assertEquals(RunEnd.exited(4), heard.ended().end());
        assertEquals(List.of(reason), heard.notes());
        assertEquals(List.of(), runner.diagnose(job.spec(), Optional.empty()));
    }

    @Test
    void shouldCountWhatASmallProgramConsumed() {
        assumeController("memory");
        start(Job.shell("(i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done) & exit 0"));
        heard.started();
        Usage usage = heard.ended().usage().orElseThrow();
        assertTrue(usage.memory() > 0);
        assertTrue(usage.cpu().toNanos() > 0);
    }

    @Test
    void shouldLeaveAnAbandonedTreeUntilItIsEmpty() throws Exception {
        Job job = Job.shell("setsid sleep 1000 & echo $! >" + fifo + "; wait");
        job.abandon = true;
        start(job);
        heard.started();
        String sleeper = fifo.read();
        runner.signal(FIRST, KILL);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
        assertTrue(alive(sleeper));
        assertFalse(groups().isEmpty());
        ProcessHandle process = ProcessHandle.of(Long.parseLong(sleeper)).orElseThrow();
        process.destroyForcibly();
        process.onExit().join();
        runner.start(Job.of("/bin/true").launch(2, log), heard);
        heard.started();
        heard.ended();
        assertTrue(groups().stream().noneMatch(group -> group.endsWith("org.lares.test.1")));
    }

    @Test
    void shouldRemoveWhatAFormerLifeLeft() throws Exception {
        for (Hierarchy hierarchy : mounts.used(true)) {
            Files.createDirectories(hierarchy.base().resolve("org.lares.gone.7"));
        }
        runner.close();
        runner = new ProgramRunner(new Cgroups(mounts));
        assertEquals(List.of(), groups());
    }

    @Test
    void shouldAdoptARunByItsGroupAndEndItsTree() throws Exception {
        Job job = Job.shell(
                "unset LARES_RUN_ID; setsid env -i sleep 1000 & echo $! >" + fifo + "; exec env -i sleep 1000");
        start(job);
        Recorder.Started started = heard.started();
        String daemon = fifo.read();
        runner.close();
        assertFalse(groups().isEmpty());
        runner = new ProgramRunner(new Cgroups(mounts(base)));
        runner.adopt(job.launch(1, log), Optional.empty(), heard);
        assertEquals(started, heard.started());
        assertEquals(Optional.empty(), runner.signal(FIRST, Runner.END));
        assertEquals(RunEnd.signaled(15), heard.ended().end());
        assertFalse(alive(daemon));
    }

    @Test
    void shouldKeepOfItsOwnProcessNothingInAGroup() throws Exception {
        start(Job.shell("read line <" + fifo));
        heard.started();
        for (Hierarchy hierarchy : mounts.used(false)) {
            Path group = hierarchy.base().resolve("org.lares.test.1");
            assertEquals(1, Files.readAllLines(group.resolve("cgroup.procs")).size(), hierarchy::toString);
            if (!hierarchy.unified()) {
                assertEquals(1, Files.readAllLines(group.resolve("tasks")).size(), hierarchy::toString);
            }
        }
        fifo.write("go\n");
        heard.ended();
    }
}
