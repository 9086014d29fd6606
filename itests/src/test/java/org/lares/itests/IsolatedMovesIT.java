package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Bundles are moved, updated and taken away under their runs, which have processes of their own. One container. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsolatedMovesIT {
    private static final String ALWAYS = "<key>KeepAlive</key><true/>";
    private static final String PROCESS = "<key>Isolation</key><string>Process</string>";

    private Container container;
    private Isolated isolated;
    private String good;
    private Map<String, String> before;

    @BeforeAll
    void start() {
        container = Container.unpack().start();
        isolated = new Isolated(container, "m");
        good = isolated.bootstrap("good", "none", ALWAYS);
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
        before = isolated.runs(List.of(good));
    }

    @AfterEach
    void nobodyElseIsTouched() {
        assertEquals(before, isolated.runs(List.of(good)));
    }

    @Test
    void shouldBeWhereItWasToldLast() {
        String label = install("restless", ALWAYS);
        long first = isolated.awaitReady(label);
        assertTrue(isolated.live(label).orElseThrow().get("pid").isJsonNull());

        container
                .shell(overlay(label, "Process") + overlay(label, "Container") + overlay(label, "Process"))
                .succeeded();
        container.await(label + " has a process", () -> isolated.live(label)
                .filter(run -> !run.get("pid").isJsonNull() && !run.get("ready").isJsonNull())
                .isPresent());
        assertEquals(List.of(isolated.pid(label)), Container.processesOf(label));
        assertNotEquals(first, isolated.awaitReady(label));
        long second = isolated.awaitReady(label);

        container.shell(overlay(label, "Container") + overlay(label, "Process")).succeeded();
        // Whether it was restarted or never left, it is in a process, and in one only.
        container.await(
                "it has settled",
                () -> isolated.live(label)
                                .filter(run -> !run.get("ready").isJsonNull()
                                        && !run.get("pid").isJsonNull()
                                        && Container.processesOf(label)
                                                .equals(List.of(run.get("pid").getAsLong())))
                                .isPresent()
                        && container
                                .jobs()
                                .get(label)
                                .get("state")
                                .getAsString()
                                .equals("running"));

        container.shell("config:delete org.lares.job~" + label).succeeded();
        container.await("it is back in the container", () -> isolated.live(label)
                .filter(run -> run.get("pid").isJsonNull() && !run.get("ready").isJsonNull())
                .isPresent());
        isolated.assertNothingLeft(label, second);
        uninstall(label);
    }

    @Test
    void shouldMoveOutOfAStartThatHangs() {
        String label = install("starting", PROCESS + ALWAYS, isolated.hold("starting", "main"));
        isolated.awaitLog(label, "held at main");
        long run = isolated.live(label).orElseThrow().get("id").getAsLong();

        container.shell(overlay(label, "Container")).succeeded();

        container.await("it is in the container", () -> isolated.live(label)
                .filter(live ->
                        live.get("pid").isJsonNull() && !live.get("ready").isJsonNull())
                .isPresent());
        isolated.awaitEnd(label, run);
        isolated.assertNothingLeft(label, run);
        uninstall(label);
    }

    @Test
    void shouldRunWhereItsDefinitionSaysAfterItsConfigurationWasDeleted() {
        String label = install("idle", "");
        container.shell(overlay(label, "Process")).succeeded();
        container.lares("kickstart", label).succeeded();
        long run = isolated.awaitReady(label);
        assertFalse(isolated.live(label).orElseThrow().get("pid").isJsonNull());
        container.lares("kill", "TERM", label).succeeded();
        isolated.awaitEnd(label, run);

        container.shell("config:delete org.lares.job~" + label).succeeded();
        container.await("the configuration is no more", () -> container
                .jobs()
                .get(label)
                .getAsJsonObject("spec")
                .getAsJsonObject("bundle")
                .get("isolation")
                .getAsString()
                .equals("container"));
        container.lares("kickstart", label).succeeded();
        isolated.awaitReady(label);
        assertTrue(isolated.live(label).orElseThrow().get("pid").isJsonNull());
        isolated.assertNothingLeft(label, run);
        uninstall(label);
    }

    @Test
    void shouldGoOnWhenItsJarIsReplacedOrTakenAway() throws IOException {
        String label = isolated.label("replaced");
        Path jar = container.base().resolve("replaced.jar");
        Isolated.build(jar, "1", "");
        Path list = container.write(
                "lists/" + label + ".plist",
                isolated.definition("replaced", "none", "<key>Bundle</key><string>" + jar + "</string>" + ALWAYS));
        container.lares("bootstrap", "system", list.toString()).succeeded();
        long run = isolated.awaitReady(label);

        Isolated.build(jar, "2", "");
        assertEquals(run, isolated.awaitReady(label));
        container.lares("kickstart", "-k", label).succeeded();
        long next = isolated.awaitReady(label);
        assertEquals("stopped", Isolated.cause(isolated.awaitEnd(label, run)));
        String log = isolated.log(label);
        assertTrue(log.contains("up 1") && log.contains("down 1") && log.contains("up 2"), log);

        Files.delete(jar);
        assertEquals(next, isolated.awaitReady(label));
        container.lares("kickstart", "-k", label);
        container.await("it could not be started", () -> container.history(label).stream()
                .anyMatch(it -> Isolated.cause(it.getAsJsonObject("end")).equals("could not be started")));
        JsonObject end = container.history(label).get(0).getAsJsonObject("end");
        assertTrue(Isolated.detail(end).contains(jar.toString()), end.toString());
        assertTrue(isolated.explain(label).contains(jar.toString()), isolated.explain(label));
        assertEquals(List.of(), Container.processesOf(label));

        Isolated.build(jar, "3", "");
        isolated.awaitReady(label);
        isolated.awaitLog(label, "up 3");
        container.lares("bootout", "system/" + label).succeeded();
        assertEquals(List.of(), Container.processesOf(label));
    }

    @Test
    void shouldFollowItsInstalledBundle() {
        String label = install("installed", PROCESS + ALWAYS);
        long first = isolated.awaitReady(label);
        String bundle = "" + bundle(label);
        Path newer = container.write("newer/installed.jar", "");
        Isolated.build(newer, "2", isolated.definition("installed", "none", PROCESS + ALWAYS));

        container.shell("bundle:update " + bundle + " file:" + newer).succeeded();
        container.await("it runs anew", () -> isolated.live(label)
                .filter(run ->
                        run.get("id").getAsLong() != first && !run.get("ready").isJsonNull())
                .isPresent());
        isolated.awaitLog(label, "up 2");
        assertEquals(1, Container.processesOf(label).size());
        long second = isolated.awaitReady(label);

        container.shell("bundle:stop " + bundle).succeeded();
        container.await("it waits for its bundle", () -> {
            JsonObject job = container.jobs().get(label);
            return job.get("run").isJsonNull() && !job.get("obstacle").isJsonNull();
        });
        isolated.awaitEnd(label, second);
        isolated.assertNothingLeft(label, second);
        assertTrue(isolated.explain(label).contains("stopped (by hand)"), isolated.explain(label));
        container.shell("bundle:start " + bundle).succeeded();
        long third = isolated.awaitReady(label);

        container.shell("bundle:uninstall " + bundle).succeeded();
        container.await("it is booted out", () -> !container.jobs().containsKey(label));
        isolated.assertNothingLeft(label, third);
    }

    /** Installs and starts a bundle that carries a job. */
    private String install(String name, String keys, String... javaOptions) {
        Path jar = container.base().resolve(name + ".jar");
        Isolated.build(jar, "1", isolated.definition(name, "none", keys, javaOptions));
        String label = isolated.label(name);
        container.shell("bundle:install -s file:" + jar).succeeded();
        container.await(label + " is loaded", () -> container.jobs().containsKey(label));
        return label;
    }

    private void uninstall(String label) {
        container.shell("bundle:uninstall " + bundle(label)).succeeded();
        container.await(label + " is gone", () -> !container.jobs().containsKey(label));
        assertEquals(List.of(), Container.processesOf(label));
    }

    private long bundle(String label) {
        return container
                .jobs()
                .get(label)
                .getAsJsonObject("spec")
                .getAsJsonObject("bundle")
                .get("id")
                .getAsLong();
    }

    private static String overlay(String label, String isolation) {
        return "config:edit org.lares.job~" + label + "; config:property-set Isolation " + isolation
                + "; config:update; ";
    }
}
