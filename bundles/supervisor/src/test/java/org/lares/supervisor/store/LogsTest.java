package org.lares.supervisor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.lares.supervisor.store.Samples.LABEL;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Label;
import org.lares.job.RunId;

class LogsTest {
    private static final int LIMIT = 64 << 10;

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void name() {
        folder = temp.resolve("logs");
    }

    @Test
    void shouldCreatePrivateFiles() throws Exception {
        try (Logs logs = Logs.open(folder)) {
            Path log = logs.create(LABEL, RunId.of(7));
            assertEquals(folder.resolve("org.example.daemon/7.log"), log);
            assertEquals(0, Files.size(log));
            assertEquals("rw-------", mode(log));
            assertEquals("rwx------", mode(log.getParent()));
            assertEquals("rwx------", mode(folder));
        }
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void shouldRefuseAFolderThatOthersMayUse() throws Exception {
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        IOException refused = assertThrows(IOException.class, () -> Logs.open(folder));
        assertTrue(refused.getMessage().contains("chmod 700"), refused.getMessage());
    }

    @Test
    void shouldRefuseALinkInPlaceOfALabelsFolder() throws Exception {
        try (Logs logs = Logs.open(folder)) {
            Files.createSymbolicLink(folder.resolve(LABEL.value()), temp);
            assertThrows(IOException.class, () -> logs.create(LABEL, RunId.of(1)));
        }
    }

    @Test
    void shouldNotFollowALinkInPlaceOfALog() throws Exception {
        Path victim = Files.writeString(temp.resolve("victim"), "x".repeat(2 * LIMIT));
        try (Logs logs = Logs.open(folder, 3, LIMIT)) {
            Path log = logs.create(LABEL, RunId.of(1));
            Files.delete(log);
            Files.createSymbolicLink(log, victim);
            logs.ended(LABEL, RunId.of(1));
            assertEquals(2 * LIMIT, Files.size(victim));

            Path adopted = logs.adopt(LABEL, RunId.of(1));
            assertTrue(Files.isRegularFile(adopted, LinkOption.NOFOLLOW_LINKS));
            assertEquals(2 * LIMIT, Files.size(victim));

            Path earlier = log.resolveSibling("1.log.1");
            Files.createSymbolicLink(earlier, victim);
            Files.writeString(log, "y".repeat(LIMIT + 1), StandardOpenOption.APPEND);
            logs.ended(LABEL, RunId.of(1));
            assertTrue(Files.isRegularFile(earlier, LinkOption.NOFOLLOW_LINKS));
            assertEquals(2 * LIMIT, Files.size(victim));
        }
    }

    @Test
    void shouldKeepTheLastRunsAndTheLiveOnes() throws Exception {
        try (Logs logs = Logs.open(folder, 3, LIMIT)) {
            for (int run = 1; run <= 12; run++) {
                Path log = logs.create(LABEL, RunId.of(run));
                logs.prune(LABEL);
                Files.writeString(log.resolveSibling(run + ".log.1"), "earlier");
                if (run != 2) {
                    logs.ended(LABEL, RunId.of(run));
                }
            }
            assertEquals(List.of("2.log", "10.log", "11.log", "12.log"), names(logs.of(LABEL)));
            assertEquals(
                    Optional.of(logs.of(LABEL).get(1).resolveSibling("10.log.1")),
                    Logs.earlier(logs.of(LABEL).get(1)));
            logs.ended(LABEL, RunId.of(2));
            logs.create(LABEL, RunId.of(13));
            logs.prune(LABEL);
            assertEquals(List.of("11.log", "12.log", "13.log"), names(logs.of(LABEL)));
            try (Stream<Path> left = Files.list(folder.resolve(LABEL.value()))) {
                assertEquals(5, left.count());
            }
            assertEquals(List.of(), logs.of(Label.of("org.example.unknown")));
        }
    }

    private static List<String> names(List<Path> logs) {
        return logs.stream().map(it -> it.getFileName().toString()).toList();
    }

    @Test
    void shouldKeepTheLogOfAnAdoptedRun() throws Exception {
        try (Logs logs = Logs.open(folder, 1, LIMIT)) {
            Files.writeString(logs.create(LABEL, RunId.of(1)), "before");
        }
        try (Logs logs = Logs.open(folder, 1, LIMIT)) {
            Path log = logs.adopt(LABEL, RunId.of(1));
            logs.create(LABEL, RunId.of(2));
            assertEquals("before", Files.readString(log));
        }
    }

    @Test
    void shouldCutWhenToldByTheKernel() throws Exception {
        Path log;
        OutputStream writer;
        try (WatchService watch = temp.getFileSystem().newWatchService();
                Logs logs = Logs.open(folder, 3, LIMIT)) {
            log = logs.create(LABEL, RunId.of(1));
            log.getParent().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            writer = Files.newOutputStream(log, StandardOpenOption.APPEND, StandardOpenOption.WRITE);
            writer.write("a".repeat(LIMIT + 10).getBytes(StandardCharsets.UTF_8));
            await(watch, "1.log.1");
        }
        // Closing waited for the cut.
        writer.write("after\n".getBytes(StandardCharsets.UTF_8));
        writer.close();
        List<String> lines = Files.readAllLines(log);
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).contains("1.log.1"), lines.get(0));
        assertEquals("after", lines.get(1));
        assertEquals(LIMIT, Files.size(Logs.earlier(log).orElseThrow()));
        assertEquals("rw-------", mode(Logs.earlier(log).orElseThrow()));
    }

    private static void await(WatchService watch, String name) throws InterruptedException {
        while (true) {
            WatchKey key = watch.poll(1, TimeUnit.MINUTES);
            assertNotNull(key, "no " + name + " within a minute");
            for (WatchEvent<?> event : key.pollEvents()) {
                if (event.context().toString().equals(name)) {
                    return;
                }
            }
            key.reset();
        }
    }

    @Test
    void shouldStayBoundedWhileAProcessAppends() throws Exception {
        int last = 300_000;
        try (Logs logs = Logs.open(folder, 3, LIMIT)) {
            Path log = logs.create(LABEL, RunId.of(1));
            Process writer = new ProcessBuilder("seq", "1", Integer.toString(last))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            assertEquals(0, writer.waitFor());
            logs.ended(LABEL, RunId.of(1));
            assertTrue(Files.size(log) <= LIMIT, "size " + Files.size(log));
            Path earlier = Logs.earlier(log).orElseThrow();
            assertTrue(Files.size(earlier) <= 2 * LIMIT, "size " + Files.size(earlier));
            List<Integer> numbers = new ArrayList<>();
            Stream.concat(Files.readAllLines(earlier).stream().skip(1), Files.readAllLines(log).stream())
                    .filter(it -> it.matches("[0-9]+"))
                    .forEach(it -> numbers.add(Integer.valueOf(it)));
            assertFalse(numbers.isEmpty());
            // The order is broken at three places at the most: where each of the two files begins with the marker of a
            // cut, and between the files. At each the end of a line, the beginning of a line and what was written
            // during the cut may be missing, which breaks up to three steps.
            int broken = 3 * 3;
            long steps = 0;
            for (int i = 1; i < numbers.size(); i++) {
                steps += numbers.get(i) == numbers.get(i - 1) + 1 ? 1 : 0;
            }
            assertTrue(steps >= numbers.size() - 1 - broken, steps + " of " + numbers.size());
            assertEquals(List.of(), logs.warnings());
        }
    }

    @Test
    void shouldCutOnAFullDisk() throws Exception {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        assumeTrue(
                FullDiskTest.run("mount", "-t", "tmpfs", "-o", "size=256k", "lares-test", disk.toString()),
                "needs root and the right to mount a tmpfs");
        try (Logs logs = Logs.open(disk.resolve("logs"), 3, LIMIT)) {
            Path log = logs.create(LABEL, RunId.of(1));
            Process writer = new ProcessBuilder("head", "-c", "300000", "/dev/zero")
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            writer.waitFor();
            logs.ended(LABEL, RunId.of(1));
            assertTrue(Files.size(log) <= LIMIT, "size " + Files.size(log));
        } finally {
            assertTrue(FullDiskTest.run("umount", disk.toString()));
        }
    }
}
