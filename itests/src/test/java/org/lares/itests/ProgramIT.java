package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A program from a property list, over the lives of the program and of the container. */
class ProgramIT {
    /** Its own, since the processes of all containers of the machine are searched for it. */
    private static final String LABEL =
            "org.lares.itests.program" + ProcessHandle.current().pid();

    /** What the wall clock, which the history shows, may be slewed against the clock that the throttle counts. */
    private static final Duration SLEW = Duration.ofMillis(5);

    private Container container;
    private Starts starts;

    @BeforeEach
    void unpack() {
        container = Container.unpack();
        starts = new Starts(container, "starts");
        container.definition(
                "etc/launchd/daemons/" + LABEL + ".plist",
                LABEL,
                container.script("program", "echo $$ >" + starts.pipe() + "\nexec sleep 1000000"),
                "<key>KeepAlive</key><true/><key>ThrottleInterval</key><integer>1</integer>");
    }

    @AfterEach
    void remove() throws IOException {
        container.process().ifPresent(running -> container.kill());
        // A program outlives a container that is killed, as it must.
        Container.processesOf(LABEL).forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        starts.close();
        container.close();
    }

    @Test
    void shouldComeBackAfterEverySigkillButNeverBeforeItsThrottle() throws Exception {
        container.start();
        Set<Long> pids = new HashSet<>();
        for (int kill = 0; kill < 10; kill++) {
            long pid = starts.next();
            pids.add(pid);
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        }
        assertTrue(pids.add(starts.next()), "a new process each time");
        assertEquals(11, pids.size());

        List<JsonObject> history = container.history(LABEL);
        assertEquals(10, history.size());
        Instant later = Instant.parse(
                container.jobs().get(LABEL).getAsJsonObject("run").get("since").getAsString());
        for (JsonObject run : history) {
            JsonObject end = run.getAsJsonObject("end");
            assertEquals("signaled", end.get("cause").getAsString());
            assertEquals(9, end.get("signal").getAsInt());
            assertTrue(end.get("code").isJsonNull(), end.toString());
            assertTrue(pids.contains(run.get("pid").getAsLong()), run.toString());
            Instant started = Instant.parse(run.get("started").getAsString());
            Duration between = Duration.between(started, later).plus(SLEW);
            assertFalse(between.compareTo(Duration.ofSeconds(1)) < 0, "started again after " + between);
            later = started;
        }
    }

    @Test
    void shouldTellExitCode137FromSigkill() {
        String label = "org.lares.itests.code";
        container.definition(
                "etc/launchd/daemons/code.plist",
                label,
                container.script("code", "exit 137"),
                "<key>RunAtLoad</key><true/>");
        container.start();

        container.await("the run has ended", () -> !container.history(label).isEmpty());

        JsonObject end = container.history(label).get(0).getAsJsonObject("end");
        assertEquals("exited", end.get("cause").getAsString());
        assertEquals(137, end.get("code").getAsInt());
        assertTrue(end.get("signal").isJsonNull(), end.toString());
    }

    @Test
    void shouldOutliveTheContainerAndBeAdoptedByTheNext() throws Exception {
        container.start();
        long program = starts.next();
        container.kill();
        assertTrue(ProcessHandle.of(program).orElseThrow().isAlive());

        container.start();

        // A second process would be older than this one and would have said so first.
        Process marker = new ProcessBuilder("sleep", "600").start();
        try {
            ProcessHandle.of(program).orElseThrow().destroyForcibly();
            ProcessHandle next = ProcessHandle.of(starts.next()).orElseThrow();
            assertNotEquals(program, next.pid());
            assertFalse(started(next).isBefore(started(marker.toHandle())), "started beside the adopted one");
        } finally {
            marker.destroyForcibly();
        }
    }

    private static Instant started(ProcessHandle process) {
        return process.info().startInstant().orElseThrow();
    }
}
