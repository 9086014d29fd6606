package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lares.itests.jobs.Wire;

/**
 * What can go wrong in and around the process of one isolated job: each has its clear answer, nothing of it stays, and
 * nobody else is touched. One container; each test has a job of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IsolatedFaultsIT {
    private static final String RUN = "<key>RunAtLoad</key><true/>";
    private static final String CLOCK = "org.lares.example.clock";

    private Container container;
    private Isolated isolated;
    private List<String> bystanders;
    private Map<String, String> before;
    private String hung;
    private String mute;

    @BeforeAll
    void start() {
        container = Container.unpack().start();
        isolated = new Isolated(container, "f");
        // They take a minute to be given up, in which the others are tested.
        hung = isolated.bootstrap("hung", "hangs in start", RUN);
        mute = isolated.bootstrap("mute", "none", RUN, isolated.hold("mute", "main"));
        container.shell("feature:install lares-example-clock").succeeded();
        String program = isolated.label("program");
        container
                .lares(
                        "bootstrap",
                        "system",
                        container
                                .definition(
                                        "lists/program.plist",
                                        program,
                                        container.script("sleep", "exec sleep 1000000"),
                                        "<key>KeepAlive</key><true/>")
                                .toString())
                .succeeded();
        String good = isolated.bootstrap("good", "none", "<key>KeepAlive</key><true/>");
        bystanders = List.of(CLOCK, program, good);
        isolated.awaitReady(CLOCK);
        isolated.awaitReady(good);
    }

    @AfterAll
    void stop() {
        try {
            container.stop();
            assertEquals(List.of(), isolated.folders());
            assertEquals(List.of(), Isolated.groups(isolated.label("")));
        } finally {
            isolated.kill();
            container.close();
        }
    }

    @BeforeEach
    void remember() {
        before = isolated.runs(bystanders);
    }

    @AfterEach
    void nobodyElseIsTouched() {
        assertEquals(before, isolated.runs(bystanders));
    }

    @ParameterizedTest
    @CsvSource({
        "main, before its main",
        "org/lares/xpc/Client, before its check-in",
        "org/lares/host/Gate, after its check-in",
        "start, while it is activated",
        "ready, when it is ready"
    })
    void shouldTellAKillAtAnyStepOfAStart(String step, String when) {
        String name = "killed." + step.replaceAll(".*/", "");
        boolean ready = step.equals("ready");
        String fault = step.equals("start") ? "waits in start" : "none";
        String label = isolated.bootstrap(name, fault, RUN, isolated.hold(name, step));
        isolated.awaitLog(label, ready ? "well" : "held at " + step);
        if (ready) {
            isolated.awaitReady(label);
        }
        JsonObject live = isolated.live(label).orElseThrow();
        assertEquals(ready, !live.get("ready").isJsonNull(), when);
        long run = live.get("id").getAsLong();
        assertTrue(Files.exists(isolated.folder(run)));

        container.run("kill", "-KILL", live.get("pid").getAsString()).succeeded();

        JsonObject end = isolated.awaitEnd(label, run);
        assertEquals("signaled", Isolated.cause(end), end.toString());
        assertEquals(9, end.get("signal").getAsInt(), end.toString());
        assertTrue(isolated.explain(label).contains("terminated by signal 9"), isolated.explain(label));
        isolated.assertNothingLeft(label, run);
        bootout(label);
    }

    /** Of who knows all but the ticket, and of who has stolen that. */
    @Test
    void shouldNotBelieveAnotherProcessAndLeaveTheTicketGood() throws IOException {
        String label = isolated.bootstrap("held", "none", RUN, isolated.hold("held", "main"));
        isolated.awaitLog(label, "held at main");
        long run = isolated.live(label).orElseThrow().get("id").getAsLong();
        Map<?, ?> order = isolated.order(run);
        Map<Object, Object> forged = new LinkedHashMap<>(order);
        forged.put("ticket", new byte[32]);
        Map<Object, Object> strange = new LinkedHashMap<>(order);
        strange.put("id", "999999999");

        assertEquals("it is not the host's process, and its ticket is not good", refusal(forged));
        assertEquals("there is no host 999999999", refusal(strange));
        assertEquals("its ticket is another process's: somebody has stolen it", refusal(order));

        String notes = container.json("print", label).get("notes").toString();
        assertTrue(notes.contains("somebody has stolen it"), notes);
        isolated.release("held");
        assertEquals(run, isolated.awaitReady(label));
        bootout(label);
        isolated.assertNothingLeft(label, run);
    }

    @Test
    void shouldRefuseARepeatedCheckIn() throws IOException {
        String label = isolated.bootstrap("again", "checks in again", RUN, isolated.hold("again", "order"));
        isolated.awaitLog(label, "again: the host has checked in already, closed true");
        long run = isolated.awaitReady(label);
        assertFalse(Files.exists(isolated.folder(run).resolve("order")), "the order is read once");
        // The line of the true one has not suffered: the polite end comes over it.
        bootout(label);
        isolated.assertNothingLeft(label, run);
    }

    private String refusal(Map<?, ?> order) throws IOException {
        try (Wire wire = new Wire(Path.of((String) order.get("socket")))) {
            Map<?, ?> answer = wire.checkIn(order);
            assertEquals("refused", answer.get("is"));
            assertTrue(wire.closed());
            return (String) answer.get("reason");
        }
    }

    @Test
    void shouldEndByForceWhatIgnoresItsEnd() {
        String label =
                isolated.bootstrap("stubborn", "hangs in stop", RUN + "<key>ExitTimeOut</key><integer>4</integer>");
        long run = isolated.awaitReady(label);

        container.lares("kickstart", "-k", label).succeeded();

        JsonObject end = isolated.awaitEnd(label, run);
        assertTrue(Isolated.detail(end).contains("Misbehaving.hang"), end.toString());
        assertFalse(end.get("successful").getAsBoolean(), end.toString());
        assertFalse(Files.exists(isolated.folder(run)));
        bootout(label);
        assertEquals(List.of(), Container.processesOf(label));
        assertEquals(List.of(), Isolated.groups(label));
    }

    @Test
    void shouldEndByForceWhatHasStoppedItself() {
        String label =
                isolated.bootstrap("stopped", "stops itself", RUN + "<key>ExitTimeOut</key><integer>2</integer>");
        long run = isolated.awaitReady(label);
        long pid = isolated.pid(label);
        container.await(
                "it has stopped itself",
                () -> container.run("ps", "-o", "state=", "-p", "" + pid).out().startsWith("T"));

        container.lares("kickstart", "-k", label).succeeded();

        JsonObject end = isolated.awaitEnd(label, run);
        assertEquals("signaled", Isolated.cause(end), end.toString());
        assertEquals(9, end.get("signal").getAsInt(), end.toString());
        bootout(label);
        assertEquals(List.of(), Container.processesOf(label));
        assertEquals(List.of(), Isolated.groups(label));
    }

    @Test
    void shouldEndWhoeverWasForkedAndDetached() {
        String label = isolated.bootstrap("detached", "detaches", RUN);
        long run = isolated.awaitReady(label);
        long child = number(isolated.awaitLog(label, "detached "), "detached (\\d+)");
        assertTrue(lives(child));

        bootout(label);

        assertFalse(lives(child), "the detached one lives on");
        isolated.assertNothingLeft(label, run);
    }

    /** Whom init has not reaped yet is dead too. */
    private boolean lives(long pid) {
        String state = container.run("ps", "-o", "state=", "-p", "" + pid).out().strip();
        return !state.isEmpty() && !state.equals("Z");
    }

    @Test
    void shouldCutTheLogOfWhoFillsIt() {
        String label = isolated.bootstrap("wordy", "fills its log", RUN);
        long run = isolated.awaitReady(label);
        container.await(
                "it has said all",
                () -> container.lares("log", "-n", "1", label).out().contains("filled"));

        Path logs = container.base().resolve("data/lares/log/" + label);
        // What was said faster than it could be cut is cut as soon as the kernel tells.
        container.await("its log is small", () -> size(logs) < 31 << 20);
        assertEquals(run, isolated.awaitReady(label));
        bootout(label);
        isolated.assertNothingLeft(label, run);
    }

    private static long size(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(it -> it.toFile().length()).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldLimitTheFilesOfWhoOpensThemAll() {
        String label = isolated.bootstrap("files", "opens files", RUN + limit("Files", "<integer>256</integer>"));
        long run = isolated.awaitReady(label);
        String log = isolated.awaitLog(label, "Too many open files");
        long opened = number(log, "opened (\\d+): ");
        assertTrue(opened > 50 && opened < 256, "opened " + opened);
        assertEquals(run, isolated.awaitReady(label));
        bootout(label);
        isolated.assertNothingLeft(label, run);
    }

    @Test
    void shouldLimitTheProcessesOfWhoForks() {
        String label = isolated.bootstrap("forks", "forks", RUN + limit("Processes", "<integer>80</integer>"));
        long run = isolated.awaitReady(label);
        long forked = number(isolated.awaitLog(label, "forked "), "forked (\\d+): ");
        assertTrue(forked > 10 && forked < 80, "forked " + forked);
        assertTrue(Container.processesOf(label).size() <= 80);
        assertEquals(run, isolated.awaitReady(label));
        bootout(label);
        isolated.assertNothingLeft(label, run);
    }

    @Test
    void shouldTellWhoExceededItsMemory() {
        String label = isolated.bootstrap(
                "eater",
                "eats native memory",
                RUN + limit("Memory", "<string>128M</string>"),
                "-XX:MaxDirectMemorySize=4g");
        container.await(
                "its first run has ended", () -> !container.history(label).isEmpty());
        JsonObject ended = container.history(label).get(0);

        JsonObject end = ended.getAsJsonObject("end");
        assertEquals("over its memory limit", Isolated.cause(end), end.toString());
        assertTrue(Isolated.detail(end).contains("the limit is 134217728 bytes"), end.toString());
        assertTrue(isolated.explain(label).contains("over its memory limit"), isolated.explain(label));
        isolated.assertNothingLeft(label, ended.get("id").getAsLong());
        bootout(label);
    }

    private static String limit(String what, String value) {
        return "<key>Limits</key><dict><key>" + what + "</key>" + value + "</dict>";
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void shouldGiveUpWhatDoesNotCheckInOrIsNotActiveInTime() {
        container.await(
                "the mute one was given up", () -> !container.history(mute).isEmpty());
        JsonObject lost = container.history(mute).get(0);
        assertEquals("lost check-in", Isolated.cause(lost.getAsJsonObject("end")), lost.toString());
        assertTrue(
                Isolated.detail(lost.getAsJsonObject("end")).contains("did not check in within 30 s"), lost.toString());
        isolated.assertNothingLeft(mute, lost.get("id").getAsLong());

        container.await(
                "the hung one was given up", () -> !container.history(hung).isEmpty());
        JsonObject late = container.history(hung).get(0);
        JsonObject end = late.getAsJsonObject("end");
        assertEquals("activation failed", Isolated.cause(end), end.toString());
        assertTrue(Isolated.detail(end).contains("60 s"), end.toString());
        assertTrue(Isolated.detail(end).contains("Misbehaving.hang"), "where it hangs: " + end);
        assertTrue(isolated.explain(hung).contains("activation failed"), isolated.explain(hung));
        isolated.assertNothingLeft(hung, late.get("id").getAsLong());
    }

    private void bootout(String label) {
        container.lares("bootout", "system/" + label).succeeded();
        container.await(label + " is gone", () -> !container.jobs().containsKey(label));
    }

    private static long number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), () -> "no " + pattern + " in " + text);
        return Long.parseLong(matcher.group(1));
    }
}
