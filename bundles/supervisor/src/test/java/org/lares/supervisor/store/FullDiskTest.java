package org.lares.supervisor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.lares.supervisor.store.Samples.LABEL;
import static org.lares.supervisor.store.Samples.entry;
import static org.lares.supervisor.store.Samples.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system that is full, with room and without. */
class FullDiskTest {
    @TempDir
    Path temp;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(temp.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=512k", "lares-test", disk.toString());
        assumeTrue(mounted, "needs root and the right to mount a tmpfs");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertTrue(run("umount", disk.toString()));
        }
    }

    static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private void resize(String size) throws Exception {
        assertTrue(run("mount", "-o", "remount,size=" + size, disk.toString()));
    }

    /** Steps of about 5 KiB, so that pages are filled at different places. */
    private static List<Write> step(long n) {
        return List.of(
                new Write.Changed(entry(LABEL, n)),
                new Write.Ended(LABEL, Samples.run(n, "x".repeat((int) (n * 7919 % 9000)))),
                new Write.Save(LABEL, memory(n)));
    }

    /** Writes until it fails, and tells the last step that was written. */
    private static long fill(Store store, long from) {
        long n = from;
        while (true) {
            try {
                store.write(step(n + 1));
                n++;
            } catch (IOException e) {
                return n;
            }
        }
    }

    private static void check(Store store, long last) {
        assertEquals(Map.of(LABEL, memory(last)), store.memories());
        assertEquals(last, store.history(LABEL).get(0).run().value());
        assertEquals(List.of(entry(LABEL, last)), store.journal(Optional.empty(), 1));
    }

    @Test
    void shouldRefuseWritesAndKeepWhatIsThere() throws Exception {
        Path folder = disk.resolve("store");
        long last;
        try (Store store = Store.open(folder)) {
            last = fill(store, 0);
            assertTrue(last > 10, "steps " + last);
            check(store, last);
            assertThrows(IOException.class, () -> store.write(step(1_000_000)));
            check(store, last);
            resize("8m");
            store.write(step(++last));
            store.reserveRuns(last);
            check(store, last);
        }
        try (Store store = Store.open(folder)) {
            check(store, last);
            assertEquals(List.of(), store.warnings());
        }
    }

    @Test
    void shouldOpenOnAFullDisk() throws Exception {
        Path folder = disk.resolve("store");
        long last;
        try (Store store = Store.open(folder)) {
            last = fill(store, 0);
        }
        try (Store store = Store.open(folder)) {
            check(store, last);
            assertThrows(IOException.class, () -> store.write(step(1_000_000)));
        }
        // Damage makes it want a new file, for which there is no room either.
        Path file = Samples.newest(folder);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(bytes);
        }
        try (Store store = Store.open(folder)) {
            check(store, last);
            assertThrows(IOException.class, () -> store.write(step(1_000_000)));
            assertThrows(IOException.class, () -> store.reserveRuns(store.lastRun() + 1));
            resize("8m");
            store.write(step(++last));
            check(store, last);
        }
        try (Store store = Store.open(folder)) {
            check(store, last);
        }
    }

    @Test
    void shouldNotLoseAnythingWhenThereIsNoRoomForTheNextFile() throws Exception {
        resize("2m");
        Path folder = disk.resolve("store");
        long last;
        try (Store store = Store.open(folder)) {
            last = fill(store, 0);
            check(store, last);
        }
        try (Store store = Store.open(folder)) {
            check(store, last);
            resize("8m");
            for (int i = 0; i < 200; i++) {
                store.write(step(++last));
            }
            check(store, last);
        }
        try (Store store = Store.open(folder)) {
            check(store, last);
        }
    }
}
