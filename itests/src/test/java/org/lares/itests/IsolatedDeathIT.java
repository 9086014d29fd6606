package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The container is killed with isolated jobs and programs at work, comes back, and is stopped in order. */
class IsolatedDeathIT {
    /** Labels of their own, since the processes of all containers of the machine are searched for them. */
    private static final String PREFIX =
            "org.lares.itests.d" + ProcessHandle.current().pid() + ".";

    private static final int HOSTS = 5;
    private static final int PROGRAMS = 2;

    private final List<String> labels = new ArrayList<>();
    private Container container;

    @BeforeEach
    void start() throws IOException {
        container = Container.unpack();
        Path clock;
        try (Stream<Path> files = Files.walk(container.base().resolve("system/org/lares/org.lares.example.clock"))) {
            clock = files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
        }
        for (int i = 0; i < HOSTS; i++) {
            String label = PREFIX + "host" + i;
            labels.add(label);
            container.write(
                    "etc/launchd/daemons/" + label + ".plist",
                    """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <plist version="1.0">
                    <dict>
                        <key>Label</key><string>%s</string>
                        <key>Bundle</key><string>%s</string>
                        <key>Isolation</key><string>Process</string>
                        <key>KeepAlive</key><true/>
                    </dict>
                    </plist>
                    """
                            .formatted(label, clock));
        }
        Path sleep = container.script("sleep", "exec sleep 1000000");
        for (int i = 0; i < PROGRAMS; i++) {
            String label = PREFIX + "program" + i;
            labels.add(label);
            container.definition(
                    "etc/launchd/daemons/" + label + ".plist", label, sleep, "<key>KeepAlive</key><true/>");
        }
        container.start();
        container.await("everything runs and is ready", () -> {
            Map<String, JsonObject> jobs = container.jobs();
            return labels.stream().allMatch(label -> {
                JsonObject job = jobs.get(label);
                return job != null
                        && !job.get("run").isJsonNull()
                        && (label.contains("program")
                                || !job.getAsJsonObject("run").get("ready").isJsonNull());
            });
        });
    }

    @AfterEach
    void remove() {
        container.process().ifPresent(running -> container.kill());
        for (String label : labels) {
            Container.processesOf(label)
                    .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
        container.close();
    }

    @Test
    void shouldLeaveThemAtWorkAdoptThemAndLeaveNothingAfterAStop() throws IOException {
        Map<String, String> before = runs();

        container.kill();
        for (String label : labels) {
            assertEquals(1, Container.processesOf(label).size(), label);
        }
        container.start();
        assertEquals(before, runs());
        for (String label : labels) {
            assertEquals(List.of(), container.history(label), label);
        }
        // A polite end only reaches a host over the line that it has opened anew, or by SIGTERM.
        container.lares("kickstart", "-k", labels.get(0)).succeeded();
        JsonObject ended = container.history(labels.get(0)).get(0).getAsJsonObject("end");
        assertEquals("stopped", ended.get("cause").getAsString(), ended.toString());

        container.stop();
        for (String label : labels) {
            assertEquals(List.of(), Container.processesOf(label), label);
        }
        assertEquals(List.of(), entries(container.base().resolve("data/lares/hosts")));
        assertEquals(List.of(), Isolated.groups(PREFIX));
    }

    private Map<String, String> runs() {
        Map<String, String> runs = new TreeMap<>();
        Map<String, JsonObject> jobs = container.jobs();
        for (String label : labels) {
            JsonObject run = jobs.get(label).getAsJsonObject("run");
            runs.put(label, "run " + run.get("id") + ", pid " + run.get("pid"));
            assertTrue(Container.processesOf(label).contains(run.get("pid").getAsLong()), label);
        }
        return runs;
    }

    private static List<String> entries(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(Path::toString).toList();
        }
    }
}
