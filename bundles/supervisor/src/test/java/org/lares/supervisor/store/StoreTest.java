package org.lares.supervisor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lares.supervisor.store.Samples.LABEL;
import static org.lares.supervisor.store.Samples.entry;
import static org.lares.supervisor.store.Samples.memory;
import static org.lares.supervisor.store.Samples.run;
import static org.lares.supervisor.store.Samples.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunRecord;
import org.lares.supervisor.core.Memory;

class StoreTest {
    private static final Label OTHER = Label.of("org.example.other");

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void name() {
        folder = temp.resolve("store");
    }

    @Test
    void shouldBeginEmpty() throws Exception {
        try (Store store = Store.open(folder)) {
            assertEquals(Map.of(), store.memories());
            assertEquals(0, store.lastRun());
            assertEquals(List.of(), store.history(LABEL));
            assertEquals(List.of(), store.journal(Optional.empty(), 10));
            assertEquals(List.of(), store.warnings());
        }
    }

    @Test
    void shouldReadBackEveryField() throws Exception {
        try (Store store = Store.open(folder)) {
            store.write(step(7));
            check(store);
        }
        try (Store store = Store.open(folder)) {
            check(store);
            assertEquals(List.of(), store.warnings());
        }
    }

    private static void check(Store store) {
        assertEquals(Map.of(LABEL, memory(7)), store.memories());
        assertEquals(List.of(run(7, "detail 7")), store.history(LABEL));
        assertEquals(List.of(entry(LABEL, 7)), store.journal(Optional.empty(), 10));
    }

    @Test
    void shouldReadBackAbsentFields() throws Exception {
        Memory memory = new Memory(
                Optional.empty(),
                1,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Memory.Harm.NONE,
                Optional.empty());
        try (Store store = Store.open(folder)) {
            store.write(List.of(new Write.Save(LABEL, memory)));
        }
        try (Store store = Store.open(folder)) {
            assertEquals(Map.of(LABEL, memory), store.memories());
        }
    }

    @Test
    void shouldForgetALabelWithNothingToRemember() throws Exception {
        try (Store store = Store.open(folder)) {
            store.write(step(1));
            store.write(List.of(new Write.Save(LABEL, Memory.NONE)));
            assertEquals(Map.of(), store.memories());
        }
        try (Store store = Store.open(folder)) {
            assertEquals(Map.of(), store.memories());
        }
    }

    @Test
    void shouldReserveRunsInBlocks() throws Exception {
        try (Store store = Store.open(folder)) {
            store.reserveRuns(1);
            assertEquals(Store.RUN_BLOCK, store.lastRun());
            long size = Files.size(Samples.newest(folder));
            store.reserveRuns(Store.RUN_BLOCK);
            assertEquals(size, Files.size(Samples.newest(folder)));
        }
        try (Store store = Store.open(folder)) {
            assertEquals(Store.RUN_BLOCK, store.lastRun());
            store.reserveRuns(Store.RUN_BLOCK + 1);
            assertEquals(2 * Store.RUN_BLOCK, store.lastRun());
        }
    }

    @Test
    void shouldKeepTheLastRunsOfEachLabelNewestFirst() throws Exception {
        List<RunRecord> expected = new ArrayList<>();
        try (Store store = Store.open(folder)) {
            store.write(List.of(new Write.Ended(OTHER, run(1, "other"))));
            for (int n = 2; n <= 60; n++) {
                store.write(List.of(new Write.Ended(LABEL, run(n, "detail"))));
                expected.add(0, run(n, "detail"));
            }
            assertEquals(expected.subList(0, State.RUNS_PER_LABEL), store.history(LABEL));
        }
        try (Store store = Store.open(folder)) {
            assertEquals(expected.subList(0, State.RUNS_PER_LABEL), store.history(LABEL));
            assertEquals(List.of(run(1, "other")), store.history(OTHER));
        }
    }

    @Test
    void shouldListTheLatestChangesOldestFirst() throws Exception {
        try (Store store = Store.open(folder)) {
            for (int n = 1; n <= 10; n++) {
                store.write(List.of(new Write.Changed(entry(n % 2 == 0 ? LABEL : OTHER, n))));
            }
            List<JournalEntry> last = List.of(entry(LABEL, 8), entry(OTHER, 9), entry(LABEL, 10));
            assertEquals(last, store.journal(Optional.empty(), 3));
            assertEquals(List.of(entry(OTHER, 7), entry(OTHER, 9)), store.journal(Optional.of(OTHER), 2));
            assertEquals(List.of(), store.journal(Optional.empty(), 0));
        }
    }

    @Test
    void shouldStayBoundedAndGoOnOverItsFiles() throws Exception {
        String detail = "x".repeat(60_000);
        long last = 0;
        try (Store store = Store.open(folder)) {
            for (int n = 1; n <= 500; n++) {
                store.reserveRuns(1000 + n);
                List<Write> writes = new ArrayList<>(step(n));
                writes.add(new Write.Ended(Label.of("label-" + n % 40), run(1000 + n, detail)));
                store.write(writes);
                last = n;
            }
            assertTrue(size() < Store.KEPT_SIZE + 3L * State.HISTORY_TOTAL, "size " + size());
            assertEquals(
                    last,
                    store.journal(Optional.empty(), 1)
                                    .get(0)
                                    .run()
                                    .orElseThrow()
                                    .value()
                            - 1);
        }
        try (Store store = Store.open(folder)) {
            assertEquals(Map.of(LABEL, memory(last)), store.memories());
            assertEquals(1000 + 2 * Store.RUN_BLOCK, store.lastRun());
            List<JournalEntry> journal = store.journal(Optional.empty(), 10_000);
            assertEquals(entry(LABEL, last), journal.get(journal.size() - 1));
            for (int i = 1; i < journal.size(); i++) {
                assertTrue(journal.get(i).at().isAfter(journal.get(i - 1).at()));
            }
            long bytes = 0;
            for (int n = 0; n < 40; n++) {
                bytes += store.history(Label.of("label-" + n)).stream()
                        .mapToLong(it -> it.end().detail().length())
                        .sum();
            }
            assertTrue(bytes > State.HISTORY_TOTAL / 2 && bytes <= State.HISTORY_TOTAL, "history " + bytes);
            assertEquals(List.of(), store.warnings());
        }
    }

    private long size() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(it -> it.toFile().length()).sum();
        }
    }

    @Test
    void shouldRefuseWhatIsTooLargeAndGoOn() throws Exception {
        try (Store store = Store.open(folder)) {
            List<Write> huge = new ArrayList<>();
            for (int n = 1; n <= 300; n++) {
                huge.add(new Write.Ended(LABEL, run(n, "x".repeat(64 * 1024))));
            }
            assertThrows(IOException.class, () -> store.write(huge));
            assertEquals(List.of(), store.history(LABEL));
            store.write(step(7));
            check(store);
        }
    }

    @Test
    void shouldTakeTextsThatUtf8CannotWrite() throws Exception {
        try (Store store = Store.open(folder)) {
            store.write(List.of(new Write.Ended(LABEL, run(1, "half \ud83d"))));
        }
        try (Store store = Store.open(folder)) {
            assertEquals(List.of(run(1, "half \ufffd")), store.history(LABEL));
        }
    }

    @Test
    void shouldKeepItsFilesPrivate() throws Exception {
        try (Store store = Store.open(folder)) {
            store.write(step(1));
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                assertEquals(
                        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), "" + file);
            }
        }
    }

    @Test
    void shouldRefuseAFolderThatOthersMayUse() throws Exception {
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
        StoreException refused = assertThrows(StoreException.class, () -> Store.open(folder));
        assertTrue(refused.getMessage().startsWith("cannot open the store " + folder + ": "), refused.getMessage());
        assertTrue(refused.getMessage().contains("chmod 700"), refused.getMessage());
    }

    @Test
    void shouldRefuseALinkToAFolder() throws Exception {
        Path real = Files.createDirectory(
                temp.resolve("real"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(folder, real);
        assertThrows(StoreException.class, () -> Store.open(folder));
    }

    @Test
    void shouldRefuseAFolderInUse() throws Exception {
        try (Store store = Store.open(folder)) {
            assertThrows(StoreException.class, () -> Store.open(folder));
            store.write(step(7));
            check(store);
        }
        Store.open(folder).close();
    }

    @Test
    void shouldRefuseToWriteOnceClosed() throws Exception {
        Store store = Store.open(folder);
        store.close();
        store.close();
        assertThrows(IOException.class, () -> store.write(step(1)));
        assertThrows(IOException.class, () -> store.reserveRuns(1));
    }

    @Test
    void shouldSurviveAnInterruptOfItsThread() throws Exception {
        try (Store store = Store.open(folder)) {
            Thread.currentThread().interrupt();
            store.reserveRuns(1);
            store.write(step(7));
            assertTrue(Thread.interrupted());
            check(store);
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }
}
