package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.posix.Posix;

/** Programs that outlive the container which started them: another JVM, ended by SIGKILL. */
class AdoptionTest {
    private final ProgramRunner runner = new ProgramRunner();
    private final Recorder heard = new Recorder();

    @TempDir
    Path folder;

    private Path log;
    private Fifo fifo;
    private Fifo go;

    @BeforeEach
    void createFiles() throws Exception {
        log = Files.createFile(folder.resolve("log"));
        fifo = Fifo.create(folder.resolve("fifo"));
        go = Fifo.create(folder.resolve("go"));
    }

    @AfterEach
    void closeRunner() {
        runner.close();
    }

    /** Has another JVM start the script, ends that JVM by force, and returns the program's identity. */
    private ProcessIdentity orphan(String script) throws Exception {
        Process container = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ForeignContainer.class.getName(),
                        log.toString(),
                        script)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(container.getInputStream(), StandardCharsets.UTF_8))) {
            String[] words = in.readLine().split(" ", -1);
            return new ProcessIdentity(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]);
        } finally {
            container.destroyForcibly().waitFor();
        }
    }

    private void adopt(String script, Optional<ProcessIdentity> identity) {
        runner.adopt(Job.shell(script).launch(1, log), identity, heard);
    }

    @Test
    void shouldAdoptARunAndEndIt() throws Exception {
        String script = "exec sleep 1000";
        ProcessIdentity identity = orphan(script);
        adopt(script, Optional.of(identity));
        assertEquals(Optional.of(identity), heard.started().process());
        assertEquals(Optional.empty(), runner.signal(RunId.of(1), Runner.END));
        assertEquals(RunEnd.signaled(15), heard.ended().end());
    }

    @Test
    void shouldTellTheExitStatusOfAnAdoptedRun() throws Exception {
        String script = "read line <" + go + "; echo still here; exit 137";
        ProcessIdentity identity = orphan(script);
        adopt(script, Optional.of(identity));
        heard.started();
        go.write("go\n");
        assertEquals(RunEnd.exited(137), heard.ended().end());
        assertEquals("still here\n", Files.readString(log));
    }

    @Test
    void shouldEndTheGroupOfAnAdoptedRun() throws Exception {
        String script = "sleep 1000 & echo $! >" + fifo + "; read line <" + go;
        ProcessIdentity identity = orphan(script);
        long sleeper = Long.parseLong(fifo.read());
        adopt(script, Optional.of(identity));
        heard.started();
        go.write("go\n");
        assertEquals(RunEnd.exited(0), heard.ended().end());
        assertTrue(ProcStat.of(sleeper).filter(stat -> !stat.dead()).isEmpty());
    }

    @Test
    void shouldFindARunOfWhichNobodyHeard() throws Exception {
        String script = "exec sleep 1000";
        ProcessIdentity identity = orphan(script);
        adopt(script, Optional.empty());
        assertEquals(Optional.of(identity), heard.started().process());
        runner.signal(RunId.of(1), 9);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
    }

    @Test
    void shouldSayThatThereIsNone() {
        adopt("exit 0", Optional.empty());
        assertEquals(Optional.empty(), heard.started().process());
        assertEquals(RunEnd.Cause.UNKNOWN, heard.ended().end().cause());
    }

    @Test
    void shouldLeaveARecycledNumberAlone() throws Exception {
        String script = "exec sleep 1000";
        ProcessIdentity identity = orphan(script);
        ProcessIdentity before = new ProcessIdentity(identity.pid(), identity.startTicks() - 1, identity.bootId());
        Job other = Job.shell(script);
        // Else its control group would say that it belongs to the run.
        other.label = "org.lares.test.other";
        runner.adopt(other.launch(1, log), Optional.of(before), heard);
        assertEquals(Optional.of(before), heard.started().process());
        assertEquals(RunEnd.Cause.UNKNOWN, heard.ended().end().cause());
        assertEquals(Optional.empty(), runner.signal(RunId.of(1), 9));
        assertFalse(ProcStat.of(identity.pid()).orElseThrow().dead());

        ProcessIdentity elsewhere = new ProcessIdentity(identity.pid(), identity.startTicks(), "another boot");
        runner.adopt(other.launch(1, log), Optional.of(elsewhere), heard);
        heard.started();
        assertEquals(RunEnd.Cause.UNKNOWN, heard.ended().end().cause());
        assertFalse(ProcStat.of(identity.pid()).orElseThrow().dead());

        runner.adopt(Job.shell(script).launch(2, log), Optional.of(identity), heard);
        heard.started();
        assertEquals(RunEnd.Cause.UNKNOWN, heard.ended().end().cause());
        assertFalse(ProcStat.of(identity.pid()).orElseThrow().dead());

        adopt(script, Optional.of(identity));
        heard.started();
        runner.signal(RunId.of(1), 9);
        assertEquals(RunEnd.signaled(9), heard.ended().end());
    }

    @Test
    void shouldSayThatItEndedMeanwhile() throws Exception {
        String script = "exit 0";
        ProcessIdentity gone = new ProcessIdentity(unusedNumber(), 1, Posix.bootId());
        adopt(script, Optional.of(gone));
        heard.started();
        assertEquals(
                "unknown: it ended while the container was away",
                heard.ended().end().text());
    }

    @Test
    void shouldEndTheRestOfAGroupWhoseLeaderEndedMeanwhile() throws Exception {
        String script = "trap '' TERM; sleep 1000 & echo $! >" + fifo + "; read line <" + go;
        ProcessIdentity identity = orphan(script);
        long sleeper = Long.parseLong(fifo.read());
        go.write("go\n");
        Optional<ProcessHandle> leader = ProcessHandle.of(identity.pid());
        if (leader.isPresent()) {
            leader.get().onExit().join();
        }
        adopt(script, Optional.of(identity));
        heard.started();
        RunEnd end = heard.ended().end();
        assertTrue(end.cause() == RunEnd.Cause.UNKNOWN || end.equals(RunEnd.exited(0)), end::toString);
        assertTrue(ProcStat.of(sleeper).filter(stat -> !stat.dead()).isEmpty());
    }

    private static long unusedNumber() throws Exception {
        long most = Long.parseLong(
                Files.readString(Path.of("/proc/sys/kernel/pid_max")).strip());
        long number = most - 1;
        while (ProcStat.of(number).isPresent()) {
            number--;
        }
        return number;
    }
}
