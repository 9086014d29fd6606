package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketPlaceTest {
    private static final long STRANGER = 54321;

    /** Stands for the root of the file system; its folders are ours, whoever runs the tests. */
    @TempDir
    private Path root;

    private long self;

    @BeforeEach
    void self() throws IOException {
        self = Ownership.self();
    }

    @AfterEach
    void clear() {
        System.clearProperty("LARES_RUN_DIR");
    }

    @Test
    void shouldBeOneOfEachBaseFolder() throws IOException {
        System.setProperty("LARES_RUN_DIR", root.toString());
        Path one = folder("one");
        Path two = Files.createDirectory(root.resolve("zw\u00f6lf"));
        Path link = Files.createSymbolicLink(root.resolve("link"), one);

        assertEquals(SocketPlace.of(one), SocketPlace.of(link));
        assertEquals(SocketPlace.of(one), SocketPlace.of(one.resolve("../one/")));
        assertNotEquals(SocketPlace.of(one), SocketPlace.of(two));
        assertEquals(root, SocketPlace.of(two).getParent());
        assertTrue(SocketPlace.of(two).getFileName().toString().matches("[0-9a-f]{16}\\.sock"));
    }

    @Test
    void shouldSayThatThereIsNoBaseFolder() {
        assertThrows(UncheckedIOException.class, () -> SocketPlace.of(root.resolve("missing")));
    }

    @Test
    void shouldBeInRunForRootWhoeverAsks() throws IOException {
        Map<String, String> environment = Map.of("XDG_RUNTIME_DIR", root.toString());
        assertEquals(List.of(root.resolve("run/lares")), SocketPlace.folders(0, 1000, environment, root));
        assertEquals(List.of(root.resolve("run/lares")), SocketPlace.folders(0, 0, environment, root));
    }

    @Test
    void shouldPreferTheRuntimeFolderOfTheOwner() throws IOException {
        Path runtime = folder("runtime");
        assertEquals(
                List.of(runtime.resolve("lares"), root.resolve("tmp/lares-" + owner())),
                folders(owner(), owner(), runtime.toString()));
    }

    @Test
    void shouldNotTrustARuntimeFolderOfAnother() throws IOException {
        Path runtime = folder("runtime");
        List<Path> temporary = List.of(root.resolve("tmp/lares-" + STRANGER));
        assertEquals(temporary, folders(STRANGER, STRANGER, runtime.toString()));
        assertEquals(temporary, folders(STRANGER, self, runtime.toString()));
        assertEquals(temporary, folders(STRANGER, STRANGER, "relative"));
        assertEquals(
                temporary, folders(STRANGER, STRANGER, root.resolve("missing").toString()));
    }

    @Test
    void shouldFindTheSocketThatIsThere() throws IOException {
        Path early = folder("early");
        Path late = folder("late");
        List<Path> folders = List.of(early, late);
        assertEquals(early.resolve("s"), SocketPlace.choose(folders, self, "s"));
        Files.createFile(late.resolve("s"));
        assertEquals(late.resolve("s"), SocketPlace.choose(folders, self, "s"));
        Files.createFile(early.resolve("s"));
        assertEquals(early.resolve("s"), SocketPlace.choose(folders, self, "s"));
    }

    @Test
    void shouldNotFallForASocketInAFolderThatOthersCanWrite() throws IOException {
        Path early = folder("early");
        Path open = folder("open");
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.createFile(open.resolve("s"));
        Path link = Files.createSymbolicLink(root.resolve("link"), folder("real"));
        Files.createFile(link.resolve("s"));
        assertEquals(early.resolve("s"), SocketPlace.choose(List.of(early, open, link), self, "s"));
    }

    /** Root has its own rule: for root, see what would be for another who owned the same. */
    private long owner() throws IOException {
        if (self == Ownership.ROOT) {
            Files.setAttribute(root.resolve("runtime"), "unix:uid", 1234);
            return 1234;
        }
        return self;
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectory(
                root.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private List<Path> folders(long owner, long caller, String runtime) throws IOException {
        return SocketPlace.folders(owner, caller, Map.of("XDG_RUNTIME_DIR", runtime), root);
    }
}
