package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
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
import org.lares.supervisor.runner.Runner;

class ProgramRunnerTest {
    private final ProgramRunner runner = new ProgramRunner();
    private final Recorder heard = new Recorder();

    @TempDir
    Path folder;

    private Path log;

    @BeforeEach
    void createLog() throws Exception {
        log = Files.createFile(folder.resolve("log"));
    }

    @AfterEach
    void closeRunner() {
        runner.close();
    }

    private void start(Job job) {
        runner.start(job.launch(1, log), heard);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 137, 143, 255})
    void shouldReportTheExitStatus(int status) {
        start(Job.shell("exit " + status));
        heard.started();
        assertEquals(RunEnd.exited(status), heard.ended().end());
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 11, 15})
    void shouldTellASignalFromAnExitStatus(int signal) {
        start(Job.shell("kill -" + signal + " $$"));
        heard.started();
        assertEquals(RunEnd.signaled(signal), heard.ended().end());
    }

    @Test
    void shouldEndPolitely() {
        start(Job.of("/bin/sleep", "1000"));
        heard.started();
        assertEquals(Optional.empty(), runner.signal(RunId.of(1), Runner.END));
        assertEquals(RunEnd.signaled(15), heard.ended().end());
        assertEquals(Optional.empty(), runner.signal(RunId.of(1), Runner.END));
    }

    @Test
    void shouldHonourUmaskThroughTheChain() throws Exception {
        Job job = Job.shell("umask; env; ls -l /proc/self/fd; echo oops >&2; exit 4");
        job.umask = OptionalInt.of(027);
        start(job);
        heard.started();
        assertEquals(RunEnd.exited(4), heard.ended().end());
        System.out.println(Files.readString(log));
    }

    @Test
    void shouldRefuseAMissingProgram() {
        start(Job.of("/nowhere/at/all"));
        assertTrue(heard.failed().reason().contains("/nowhere does not exist"));
    }
}
