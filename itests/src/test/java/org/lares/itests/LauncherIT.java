package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** bin/lares-container, as a user or systemd calls it. */
class LauncherIT {
    private Container container;

    @BeforeEach
    void unpack() {
        container = Container.unpack();
    }

    @AfterEach
    void remove() {
        container.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 25})
    void shouldBootAndStop(int feature) throws IOException {
        var home = Jdk.home(feature);
        assumeTrue(home.isPresent(), "no JDK " + feature + " here; install one or set JAVA_HOME_" + feature);
        container.with("JAVA_HOME", home.get().toString()).start();
        var process = container.process().orElseThrow();

        assertEquals(List.of(), listeningTcpSockets(process.pid()));

        container.stop();
        assertTrue(container.process().isEmpty());
        assertEquals(3, container.launcher("status").exit());
        assertEquals(
                List.of(),
                Files.readAllLines(container.base().resolve("data/log/container.log")).stream()
                        .filter(line -> line.startsWith("WARNING"))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "small"})
    void shouldUseTheArchiveThatTrainMade(String profile) throws IOException {
        container.with("LARES_PROFILE", profile);
        container.launcher("train").succeeded();
        container.start();
        var process = container.process().orElseThrow();

        String maps = Files.readString(Path.of("/proc/" + process.pid() + "/maps"));
        assertTrue(maps.contains(container.base().resolve("data/cds").toRealPath() + "/" + profile), maps);
    }

    @Test
    void shouldRefuseTwoContainersOnOneBase() {
        container.start();
        var first = container.process().orElseThrow();

        Result second = container.launcher("run");

        assertNotEquals(0, second.exit());
        assertTrue(second.err().contains("process " + first.pid()), second.err());
        assertEquals(first.pid(), container.process().orElseThrow().pid());
    }

    @Test
    void shouldStartAfterSigkill() {
        container.start();
        long killed = container.process().orElseThrow().pid();
        container.kill();

        container.start();

        assertNotEquals(killed, container.process().orElseThrow().pid());
    }

    @Test
    void shouldSayWhyItDoesNotStart() throws IOException {
        Files.writeString(container.base().resolve("etc/lares-jvm-small.conf"), "-XX:+NoSuchFlag\n");

        Result start = container.launcher("start");

        assertNotEquals(0, start.exit());
        assertTrue(start.err().contains("NoSuchFlag"), start.err());
        assertTrue(container.process().isEmpty());
    }

    @Test
    void shouldRefuseAnOldJava() throws IOException {
        Path jdk = container.base().resolve("old");
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
        Path java = Files.writeString(jdk.resolve("bin/java"), "#!/bin/sh\nexit 99\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));

        Result start = container.with("JAVA_HOME", jdk.toString()).launcher("start");

        assertEquals(1, start.exit());
        assertTrue(start.err().contains("Java 11.0.2"), start.err());
    }

    @Test
    void shouldRefuseAnEtcThatOthersMayWrite() throws IOException {
        Path file = container.base().resolve("etc/custom.properties");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        Result start = container.launcher("start");

        assertEquals(1, start.exit());
        assertTrue(start.err().contains(file.getFileName().toString()), start.err());
    }

    @Test
    void shouldKeepEtcAndDataPrivate() throws IOException {
        container.start();

        for (String name : List.of("", "etc", "data")) {
            assertEquals("rwx------", mode(container.base().resolve(name)), name);
        }
        // Nobody else can enter these folders; and nothing in etc/ may be what the next start refuses.
        try (var files = Files.walk(container.base().resolve("etc"))) {
            List<Path> open = files.filter(
                            file -> mode(file).replaceAll("[^w]", "").length() > 1)
                    .toList();
            assertEquals(List.of(), open);
        }
    }

    @Test
    void shouldRunOnABaseOfItsOwn() throws IOException {
        Path base = Files.createDirectory(container.base().resolve("other"));
        container.with("LARES_BASE", base.toString());
        container.launcher("start").succeeded();
        try {
            assertTrue(Files.isRegularFile(base.resolve("etc/config.properties")));
            assertFalse(Files.exists(container.base().resolve("data")));
        } finally {
            container.launcher("stop").succeeded();
        }
    }

    private static String mode(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of /proc/net/tcp and tcp6 in state LISTEN whose socket this process holds. */
    private static List<String> listeningTcpSockets(long pid) throws IOException {
        Set<String> inodes = Container.socketsOf(pid);
        List<String> listening = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/net/" + table))) {
                String[] fields = line.strip().split(" +", 11);
                if (fields[3].equals("0A") && inodes.contains(fields[9])) {
                    listening.add(line);
                }
            }
        }
        return listening;
    }
}
