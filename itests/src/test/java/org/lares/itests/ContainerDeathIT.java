package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The container ends in the middle of work, by SIGKILL or in order, and what is left is looked at from outside. */
class ContainerDeathIT {
    /** Labels of their own, since the processes of all containers of the machine are searched for them. */
    private static final String PREFIX =
            "org.lares.itests.p" + ProcessHandle.current().pid() + ".";

    private static final String STEADY = PREFIX + "steady";
    private static final String OTHER = PREFIX + "other";
    private static final String DISABLED = PREFIX + "disabled";
    private static final String STUBBORN = PREFIX + "stubborn";
    private static final String CODE = PREFIX + "code";
    private static final List<String> PROGRAMS = List.of(STEADY, OTHER, DISABLED, STUBBORN, CODE);
    private static final List<String> BUNDLES = List.of("org.lares.example.clock", "org.lares.example.ticker");

    private Container container;
    private Starts asked;
    private Starts code;

    @BeforeEach
    void start() {
        container = Container.unpack();
        asked = new Starts(container, "asked");
        code = new Starts(container, "code");
        Path sleep = container.script("sleep", "exec sleep 1000000");
        String always = "<key>KeepAlive</key><true/><key>ThrottleInterval</key><integer>1</integer>";
        define(STEADY, sleep, always);
        define(OTHER, sleep, always);
        define(DISABLED, sleep, always);
        // The loop reads from a FIFO that is open for writing too, as it would otherwise end.
        define(
                STUBBORN,
                container.script(
                        "stubborn",
                        """
                        trap 'echo asked >%s' TERM
                        mkfifo "$0.$$"
                        exec 3<>"$0.$$"
                        while :; do read -r line <&3; done"""
                                .formatted(asked.pipe())),
                always + "<key>ExitTimeOut</key><integer>0</integer>");
        define(
                CODE,
                container.script("exits", "exec 3<>" + code.pipe() + "\nread -r code <&3\nexit \"$code\""),
                "<key>RunAtLoad</key><true/>");
        container.start();
        container
                .shell("feature:install lares-example-clock lares-example-ticker")
                .succeeded();
        container.await("everything runs", () -> {
            Map<String, JsonObject> jobs = container.jobs();
            return Stream.concat(PROGRAMS.stream(), BUNDLES.stream())
                    .allMatch(label -> jobs.containsKey(label)
                            && jobs.get(label).get("state").getAsString().equals("running"));
        });
    }

    @AfterEach
    void remove() throws IOException {
        container.process().ifPresent(running -> container.kill());
        for (String label : PROGRAMS) {
            Container.processesOf(label)
                    .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
        asked.close();
        code.close();
        container.close();
    }

    @Test
    void shouldGoOnWhereSigkillLeftIt() throws Exception {
        container.lares("disable", DISABLED).succeeded();
        container.lares("kill", "KILL", OTHER).succeeded();
        container.await(
                "the killed program is back",
                () -> container.history(OTHER).size() == 1
                        && container
                                .jobs()
                                .get(OTHER)
                                .get("state")
                                .getAsString()
                                .equals("running"));
        var before = container.jobs();
        Process kickstart = new ProcessBuilder(
                        container.base().resolve("bin/lares").toString(), "kickstart", "-k", STUBBORN)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertEquals("asked", asked.nextLine());

        container.kill();
        assertFalse(kickstart.waitFor() == 0, "the kickstart cannot have succeeded");
        assertEquals(Set.of(), twice());
        container.start();
        container.await("the bundles run again", () -> BUNDLES.stream()
                .allMatch(label ->
                        container.jobs().get(label).get("state").getAsString().equals("running")));

        var after = container.jobs();
        assertEquals(before.keySet(), after.keySet());
        assertTrue(after.get(DISABLED).get("disabled").getAsBoolean());
        assertTrue(after.get(DISABLED).get("overridden").getAsBoolean());
        assertEquals(List.of(), Container.processesOf(DISABLED));
        assertEquals(runs(before, PROGRAMS), runs(after, PROGRAMS));
        for (String label : List.of(STEADY, OTHER, STUBBORN, CODE)) {
            long pid = live(before, label).get("pid").getAsLong();
            assertEquals(live(before, label).get("id"), live(after, label).get("id"), label);
            assertEquals(pid, live(after, label).get("pid").getAsLong(), label);
            assertEquals(List.of(pid), Container.processesOf(label), label);
        }
        assertEquals(
                9,
                container
                        .history(OTHER)
                        .get(0)
                        .getAsJsonObject("end")
                        .get("signal")
                        .getAsInt());
        for (String label : BUNDLES) {
            JsonObject last = container.history(label).get(0);
            assertEquals(live(before, label).get("id"), last.get("id"), label);
            assertEquals(
                    "lost with the container",
                    last.getAsJsonObject("end").get("cause").getAsString(),
                    label);
            assertEquals(
                    before.get(label).get("runs").getAsInt() + 1,
                    after.get(label).get("runs").getAsInt(),
                    label);
        }

        Files.writeString(code.pipe(), "7\n");
        container.await(
                "the adopted program has ended", () -> !container.history(CODE).isEmpty());
        JsonObject last = container.history(CODE).get(0);
        assertEquals(live(before, CODE).get("pid"), last.get("pid"));
        JsonObject end = last.getAsJsonObject("end");
        if (end.get("cause").getAsString().equals("unknown")) {
            // Only a kernel before 6.15 keeps the exit code of a process that is not a child from us.
            assertFalse(kernelTellsExitCodes(), end.toString());
        } else {
            assertEquals("exited", end.get("cause").getAsString());
            assertEquals(7, end.get("code").getAsInt());
        }
    }

    @Test
    void shouldLeaveNothingBehindAnOrderlyStop() throws Exception {
        // It would hold up the stop for ever, as its list demands.
        container.lares("disable", STUBBORN).succeeded();
        container.lares("kill", "KILL", STUBBORN).succeeded();
        List<Path> sockets = sockets(container.process().orElseThrow().pid());
        assertFalse(sockets.isEmpty());

        container.stop();

        for (String label : PROGRAMS) {
            assertEquals(List.of(), Container.processesOf(label), label);
        }
        assertEquals(
                List.of(),
                sockets.stream()
                        .filter(socket -> Files.exists(socket, LinkOption.NOFOLLOW_LINKS))
                        .toList());
    }

    private void define(String label, Path script, String keys) {
        container.definition("etc/launchd/daemons/" + label + ".plist", label, script, keys);
    }

    /** Labels with more than one process. */
    private static Set<String> twice() {
        Set<String> twice = new HashSet<>(PROGRAMS);
        twice.removeIf(label -> Container.processesOf(label).size() <= 1);
        return twice;
    }

    private static Map<String, Integer> runs(Map<String, JsonObject> jobs, List<String> labels) {
        Map<String, Integer> runs = new TreeMap<>();
        labels.forEach(label -> runs.put(label, jobs.get(label).get("runs").getAsInt()));
        return runs;
    }

    private static JsonObject live(Map<String, JsonObject> jobs, String label) {
        return jobs.get(label).getAsJsonObject("run");
    }

    private static boolean kernelTellsExitCodes() {
        String[] version = System.getProperty("os.version").split("[.-]", 3);
        int major = Integer.parseInt(version[0]);
        return major > 6 || (major == 6 && Integer.parseInt(version[1]) >= 15);
    }

    /** The paths of the Unix domain sockets that a process holds. */
    private static List<Path> sockets(long pid) throws IOException {
        Set<String> inodes = Container.socketsOf(pid);
        return Files.readAllLines(Path.of("/proc/" + pid + "/net/unix")).stream()
                .map(line -> line.strip().split(" +"))
                .filter(fields -> fields.length > 7 && fields[7].startsWith("/") && inodes.contains(fields[6]))
                .map(fields -> Path.of(fields[7]))
                .distinct()
                .toList();
    }
}
