package org.lares.sandbox.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    private static final String A = "a".repeat(64);
    private static final String B = "b".repeat(64);
    private static final String C = "c".repeat(64);

    @TempDir
    Path parent;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void shouldKeepArchivesOverItsOwnEnd() throws Exception {
        publish(store(9, 999), A, "content");

        Path file = store(9, 999).find(A).orElseThrow();

        assertEquals("content", Files.readString(file));
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())));
    }

    @Test
    void shouldClearLeftovers() throws Exception {
        publish(store(9, 999), A, "content");
        Files.writeString(folder().resolve(A + ".dump"), "half");
        Files.writeString(folder().resolve(B + ".list"), "half");

        store(9, 999);

        assertEquals(1, files().size());
    }

    @Test
    void shouldGiveUpTheLeastRecentlyUsed() throws Exception {
        Store store = store(2, 999);
        publish(store, A, "a");
        publish(store, B, "b");
        now = now.plusSeconds(1);
        store.use(A);
        publish(store, C, "c");

        assertTrue(store.find(A).isPresent());
        assertTrue(store.find(B).isEmpty());
        assertTrue(store.find(C).isPresent());
        assertEquals(2, files().size());
    }

    @Test
    void shouldBoundTheBytes() throws Exception {
        Store store = store(9, 10);
        publish(store, A, "12345");
        publish(store, B, "12345");
        publish(store, C, "123456");

        assertEquals(1, files().size());
        assertTrue(store.find(C).isPresent());
    }

    @Test
    void shouldReplaceTheArchiveOfAKey() throws Exception {
        Store store = store(9, 999);
        publish(store, A, "old");
        publish(store, A, "new");

        assertEquals("new", Files.readString(store.find(A).orElseThrow()));
        assertEquals(1, files().size());
    }

    @Test
    void shouldNeverOfferWhatWasChanged() throws Exception {
        Store store = store(9, 999);
        publish(store, A, "content");
        Path file = store.find(A).orElseThrow();
        Files.delete(file);
        Files.writeString(file, "CONTENT");

        assertThrows(IOException.class, () -> store.find(A));
        assertTrue(store.find(A).isEmpty());
        assertFalse(Files.exists(file));
    }

    @Test
    void shouldCompareAgainWhatIsInDoubt() throws Exception {
        Store store = store(9, 999);
        publish(store, A, "content");
        Path file = store.find(A).orElseThrow();
        FileTime time = Files.getLastModifiedTime(file);
        // As a failing disk does: neither size nor time tell.
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(file, "CONTENT");
        Files.setLastModifiedTime(file, time);

        store.doubt(A);

        assertThrows(IOException.class, () -> store.find(A));
    }

    private Path folder() {
        return parent.resolve("archives");
    }

    private Store store(int archives, long total) throws IOException {
        return new Store(
                folder(), new Bounds(archives, total, 999, 0, Duration.ofSeconds(1), Duration.ZERO, 1), () -> now);
    }

    private void publish(Store store, String key, String content) throws IOException {
        now = now.plusSeconds(1);
        store.publish(Files.writeString(store.temporary(key, "dump"), content), key);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> list = Files.list(folder())) {
            return list.toList();
        }
    }
}
