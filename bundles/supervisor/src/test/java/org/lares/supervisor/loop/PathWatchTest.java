package org.lares.supervisor.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PathWatchTest {
    @TempDir
    private Path folder;

    private final BlockingQueue<Map.Entry<String, Boolean>> told = new LinkedBlockingQueue<>();
    private PathWatch watch;

    @BeforeEach
    void open() throws Exception {
        watch = new PathWatch((path, exists) -> told.add(Map.entry(path, exists)));
    }

    @AfterEach
    void close() throws Exception {
        watch.close();
    }

    @Test
    void shouldTellWhenAFileComesAndGoes() throws Exception {
        Path file = folder.resolve("flag");

        assertFalse(watch.watch(file.toString()));
        Files.createFile(file);
        assertEquals(Map.entry(file.toString(), true), next());
        Files.delete(file);
        assertEquals(Map.entry(file.toString(), false), next());
    }

    @Test
    void shouldSayAtOnceThatAFileIsThere() throws Exception {
        Path file = Files.createFile(folder.resolve("flag"));

        assertTrue(watch.watch(file.toString()));
    }

    @Test
    void shouldSeeAFileInFoldersThatAreYetToCome() throws Exception {
        Path file = folder.resolve("a/b/c/flag");

        assertFalse(watch.watch(file.toString()));
        Files.createDirectories(file.getParent());
        Files.createFile(file);
        assertEquals(Map.entry(file.toString(), true), next());
    }

    @Test
    void shouldSeeThatAFolderOnTheWayIsRemovedAndComesBack() throws Exception {
        Path file = folder.resolve("a/flag");
        Files.createDirectories(file.getParent());
        Files.createFile(file);

        assertTrue(watch.watch(file.toString()));
        Files.move(folder.resolve("a"), folder.resolve("elsewhere"));
        assertEquals(Map.entry(file.toString(), false), next());
        Files.move(folder.resolve("elsewhere"), folder.resolve("a"));
        assertEquals(Map.entry(file.toString(), true), next());
    }

    @Test
    void shouldWatchUntilTheLastIsGone() throws Exception {
        Path file = folder.resolve("flag");
        watch.watch(file.toString());
        watch.watch(file.toString());

        watch.unwatch(file.toString());
        Files.createFile(file);
        assertEquals(Map.entry(file.toString(), true), next());

        watch.unwatch(file.toString());
        Path other = folder.resolve("other");
        watch.watch(other.toString());
        Files.delete(file);
        Files.createFile(other);
        assertEquals(Map.entry(other.toString(), true), next());
    }

    private Map.Entry<String, Boolean> next() throws InterruptedException {
        Map.Entry<String, Boolean> entry = told.poll(30, TimeUnit.SECONDS);
        return entry == null ? Map.entry("nothing was told", false) : entry;
    }
}
