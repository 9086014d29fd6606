package org.lares.sandbox.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    @TempDir
    Path folder;

    @Test
    void shouldLeaveNothingHalf() throws Exception {
        Store store = new Store(folder.resolve("store"));
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(new byte[100_000]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("No space left on device");
            }
        });

        IOException failed = assertThrows(IOException.class, () -> store.add(broken, "a.jar"));

        assertEquals(
                "cannot keep a.jar in " + folder.resolve("store") + ": No space left on device", failed.getMessage());
        try (Stream<Path> files = Files.list(folder.resolve("store"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void shouldKeepTheSameContentOnce() throws Exception {
        Store store = new Store(folder);
        Path a = Files.writeString(folder.resolve("a"), "content");
        Path b = Files.writeString(folder.resolve("b"), "content");

        Store.Stored one = store.add(new Content.Jar(a));
        Object inode = Files.getAttribute(one.file(), "unix:ino");

        assertEquals(one, store.add(new Content.Jar(b)));
        assertEquals(one, new Store(folder).add(new Content.Jar(one.file())));
        assertEquals(inode, Files.getAttribute(one.file(), "unix:ino"));
    }

    @Test
    void shouldKeepWhatSeveralClosuresShare() throws Exception {
        Store store = new Store(folder);
        Store.Stored shared = store.add(new ByteArrayInputStream(new byte[] {1}), "shared");
        Store.Stored alone = store.add(new ByteArrayInputStream(new byte[] {2}), "alone");
        String one = "1".repeat(64);
        String two = "2".repeat(64);
        store.list(one, List.of(shared.digest()));
        store.list(two, List.of(shared.digest(), alone.digest()));

        store.retain(Set.of(one));

        assertTrue(store.has(shared.file()));
        assertTrue(!store.has(alone.file()));
        assertThrows(IOException.class, () -> store.retain(Set.of(two)));
    }
}
