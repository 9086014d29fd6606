package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The disk below the container's data is full. */
class FullDiskIT {
    private static final String STEADY = "org.lares.itests.steady";
    private static final String IDLE = "org.lares.itests.idle";

    /** The shortest label, so that no other job's record fits where this one's does not. */
    private static final String TOGGLED = "a";

    /** More than fit into what the last block of the container's file still has room for. */
    private static final int ATTEMPTS = 100;

    private Container container;
    private Path data;
    private boolean mounted;

    @BeforeEach
    void start() throws IOException {
        container = Container.unpack();
        data = Files.createDirectory(container.base().resolve("data"));
        mounted = container
                        .run("mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "tmpfs", data.toString())
                        .exit()
                == 0;
        assumeTrue(mounted, "cannot mount a tmpfs; run the tests as root");
        Path sleep = container.script("sleep", "exec sleep 1000000");
        container.definition("etc/launchd/daemons/steady.plist", STEADY, sleep, "<key>KeepAlive</key><true/>");
        container.definition("etc/launchd/daemons/idle.plist", IDLE, sleep, "");
        container.definition("etc/launchd/daemons/toggled.plist", TOGGLED, sleep, "");
        container.start();
        container.await(
                "the program runs",
                () -> container.jobs().get(STEADY).get("state").getAsString().equals("running"));
    }

    @AfterEach
    void remove() {
        try {
            if (mounted) {
                Files.deleteIfExists(data.resolve("filler"));
                container.process().ifPresent(running -> container.stop());
                container.run("umount", "-l", data.toString()).succeeded();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            container.close();
        }
    }

    @Test
    void shouldRefuseWhatItCannotRemember() throws IOException {
        Path more = container.definition(
                "more.plist", "org.lares.itests.more", container.script("more", "exec sleep 1000000"), "");
        fill();
        // Requests fit until the last block of the file is full; so the first that does not is looked for.
        Result refused = null;
        for (int attempt = 0; attempt < ATTEMPTS && refused == null; attempt++) {
            Result result = container.lares(attempt % 2 == 0 ? "disable" : "enable", TOGGLED);
            refused = result.exit() == 0 ? null : result;
        }
        assertTrue(refused != null, "nothing was refused");
        assertRefused(refused);
        Map<String, JsonObject> before = container.jobs();

        for (String verb : List.of("disable", "enable", "kickstart")) {
            assertRefused(container.lares(verb, IDLE));
        }
        assertRefused(container.lares("disable", STEADY));
        assertRefused(container.lares("bootstrap", "system", more.toString()));

        assertEquals(before, container.jobs());
        long pid = before.get(STEADY).getAsJsonObject("run").get("pid").getAsLong();
        assertTrue(ProcessHandle.of(pid).orElseThrow().isAlive());

        Files.delete(data.resolve("filler"));
        container.lares("disable", STEADY).succeeded();
        container.lares("enable", STEADY).succeeded();
        container.lares("kickstart", IDLE).succeeded();
        container.lares("bootstrap", "system", more.toString()).succeeded();
        container.await("the end is recorded", () -> container.history(STEADY).size() == 1);
        container.kill();
        container.start();
        assertEquals(1, container.history(STEADY).size());
        assertEquals(1, container.jobs().get(IDLE).get("runs").getAsInt());
    }

    private static void assertRefused(Result result) {
        assertNotEquals(0, result.exit(), result.toString());
        assertTrue(result.err().toLowerCase().contains("no space left"), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }

    /** Writes until not one more block fits. */
    private void fill() throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream filler = Files.newOutputStream(data.resolve("filler"))) {
            while (true) {
                filler.write(block);
            }
        } catch (IOException full) {
            assertTrue(full.getMessage().contains("No space"), full.getMessage());
        }
    }
}
