package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Limits;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.supervisor.runner.Runner;

/** A machine that has no control groups for this container. */
class NamedProcessesTest {
    private final Recorder heard = new Recorder();

    @TempDir
    Path folder;

    private ProgramRunner runner;
    private Path log;
    private Fifo fifo;

    @BeforeEach
    void createRunner() throws Exception {
        Path self = Files.createDirectory(folder.resolve("self"));
        Files.writeString(self.resolve("mountinfo"), "");
        Files.writeString(self.resolve("cgroup"), "0::/\n");
        runner = new ProgramRunner(
                new Cgroups(CgroupMounts.of(new CgroupMounts.Machine(self, false, group -> false), "lares-test")));
        log = Files.createFile(folder.resolve("log"));
        fifo = Fifo.create(folder.resolve("fifo"));
    }

    @AfterEach
    void closeRunner() {
        runner.close();
    }

    private static boolean alive(String pid) {
        return ProcStat.of(Long.parseLong(pid)).filter(stat -> !stat.dead()).isPresent();
    }

    private String daemonOf(String script) throws IOException {
        runner.start(
                Job.shell("setsid sh -c \"trap '' TERM; sleep 1000 & echo \\$! >" + fifo + "\" & wait; " + script)
                        .launch(1, log),
                heard);
        heard.started();
        return fifo.read();
    }

    @Test
    void shouldFindADaemonByItsEnvironment() throws Exception {
        String daemon = daemonOf("exit 3");
        assertEquals(RunEnd.exited(3), heard.ended().end());
        assertFalse(alive(daemon));
    }

    @Test
    void shouldFindADaemonByItsEnvironmentWhenItKills() throws Exception {
        String daemon = daemonOf("exec sleep 1000");
        runner.signal(RunId.of(1), 9);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
        assertFalse(alive(daemon));
    }

    @Test
    void shouldNotFindWhoGaveUpGroupAndEnvironment() throws Exception {
        runner.start(
                Job.shell("setsid env -i sleep 1000 & echo $! >" + fifo + "; exec sleep 1000")
                        .launch(1, log),
                heard);
        heard.started();
        String daemon = fifo.read();
        // It is out of the group once it has become what it is to be.
        while (ProcStat.environment(Long.parseLong(daemon)).stream().anyMatch(name -> name.startsWith("LARES_"))) {
            Thread.onSpinWait();
        }
        runner.signal(RunId.of(1), Runner.END);
        assertEquals(RunEnd.signaled(15), heard.ended().end());
        assertTrue(alive(daemon));
        ProcessHandle.of(Long.parseLong(daemon)).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void shouldRefuseLimitsOrSayThatTheyAreNotKeptTo() {
        Job job = Job.of("/bin/true");
        job.limits = limits(false);
        runner.start(job.launch(1, log), heard);
        String reason = heard.failed().reason();
        assertEquals(
                "the memory limit cannot be enforced: no control groups are mounted; mount cgroup2 at /sys/fs/cgroup",
                reason);
        assertEquals(List.of(reason), runner.diagnose(job.spec(), Optional.empty()));
        job.limits = limits(true);
        runner.start(job.launch(1, log), heard);
        heard.started();
        assertEquals(RunEnd.exited(0), heard.ended().end());
        assertEquals(3, heard.notes().size());
    }

    private static Limits limits(boolean advisory) {
        return new Limits(
                OptionalLong.of(1 << 20), OptionalDouble.of(1), OptionalInt.of(10), OptionalInt.of(100), advisory);
    }
}
