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
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Label;
import org.lares.supervisor.core.Memory;

/** What a store is after its files were cut or damaged. */
class RecoveryTest {
    @TempDir(factory = InMemory.class)
    Path temp;

    private Path folder;

    @BeforeEach
    void name() {
        folder = temp.resolve("store");
    }

    /** Writes steps 1 to {@code last} and tells where the file ended after each, and before the first. */
    private List<Long> write(int last) throws Exception {
        List<Long> ends = new ArrayList<>();
        try (Store store = Store.open(folder)) {
            ends.add(Files.size(Samples.newest(folder)));
            for (int n = 1; n <= last; n++) {
                store.write(step(n));
                ends.add(Files.size(Samples.newest(folder)));
            }
        }
        return ends;
    }

    private static void assertState(Store store, long last, String where) {
        assertEquals(last == 0 ? Map.of() : Map.of(LABEL, memory(last)), store.memories(), where);
        assertEquals(last, store.history(LABEL).size(), where);
        assertEquals(last, store.journal(Optional.empty(), 100).size(), where);
    }

    @Test
    void shouldRecoverFromACutAtEveryByte() throws Exception {
        List<Long> ends = write(2);
        Path file = Samples.newest(folder);
        byte[] whole = Files.readAllBytes(file);
        for (int cut = 0; cut <= whole.length; cut++) {
            begin(file, Arrays.copyOf(whole, cut));
            int size = cut;
            long complete = ends.stream().filter(it -> it <= size).count() - 1;
            String where = "cut at " + cut;
            try (Store store = Store.open(folder)) {
                assertState(store, Math.max(0, complete), where);
                assertEquals(!ends.contains((long) cut), !store.warnings().isEmpty(), where);
                store.write(step(9));
            }
            try (Store store = Store.open(folder)) {
                assertEquals(Map.of(LABEL, memory(9)), store.memories(), where);
                assertEquals(run(9, "detail 9"), store.history(LABEL).get(0), where);
                assertEquals(List.of(entry(LABEL, 9)), store.journal(Optional.empty(), 1), where);
                assertEquals(List.of(), store.warnings(), where);
            }
        }
    }

    /** The folder as if it had only ever had this file. */
    private void begin(Path file, byte[] contents) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Files.delete(entry);
            }
        }
        Files.write(file, contents);
    }

    @Test
    void shouldNoticeAFlippedBit() throws Exception {
        List<Long> ends = write(3);
        Path file = Samples.newest(folder);
        byte[] whole = Files.readAllBytes(file);
        // All bytes of the headers, and a good part of the rest.
        long thinFrom = ends.get(0) + Segment.FRAME_HEADER;
        for (int at = 0; at < whole.length; at += at < thinFrom ? 1 : 5) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << (at % 8));
            begin(file, flipped);
            String where = "flipped at " + at;
            int hit = at;
            // The header and snapshot, or one step, or the last step, which looks like an append cut short.
            long lost = ends.stream().filter(it -> it <= hit).count();
            try (Store store = Store.open(folder)) {
                assertFalse(store.warnings().isEmpty(), where);
                assertTrue(store.lastRun() >= Store.RUN_BLOCK, where);
                if (at >= Segment.HEADER) {
                    long last = lost == 3 ? 2 : 3;
                    assertEquals(Map.of(LABEL, memory(last)), store.memories(), where);
                    for (int n = 1; n <= 3; n++) {
                        assertEquals(n != lost, store.history(LABEL).contains(run(n, "detail " + n)), where);
                        assertEquals(
                                n != lost, store.journal(Optional.empty(), 9).contains(entry(LABEL, n)), where);
                    }
                }
                store.write(step(9));
            }
            try (Store store = Store.open(folder)) {
                assertEquals(Map.of(LABEL, memory(9)), store.memories(), where);
                assertEquals(List.of(), store.warnings(), where);
            }
        }
    }

    @Test
    void shouldReadTheFileBeforeIfASnapshotIsDamaged() throws Exception {
        write(3);
        // A damaged file is continued by a new one, so this makes a second with a snapshot of some size.
        Path first = Samples.newest(folder);
        Files.write(first, new byte[] {1}, StandardOpenOption.APPEND);
        flip(first, Files.size(first) - 2);
        try (Store store = Store.open(folder)) {
            store.write(step(3));
            store.write(step(4));
        }
        Path second = Samples.newest(folder);
        assertFalse(first.equals(second));
        byte[] whole = Files.readAllBytes(second);
        long snapshotEnd = Segment.read(second, Long.MAX_VALUE)
                .orElseThrow()
                .frames()
                .get(0)
                .end();
        assertTrue(snapshotEnd > 500, "snapshot ends at " + snapshotEnd);
        for (int at = Segment.HEADER; at < snapshotEnd; at += 3) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(second, flipped);
            try (Store store = Store.open(folder)) {
                assertEquals(Map.of(LABEL, memory(4)), store.memories(), "flipped at " + at);
                assertEquals(4, store.history(LABEL).size(), "flipped at " + at);
                assertFalse(store.warnings().isEmpty());
            }
            Files.delete(Samples.newest(folder));
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void shouldNotTakeTextOfAJobForAFrame() throws Exception {
        Label victim = Label.of("org.example.victim");
        Memory forged = memory(3);
        write(1);
        // The frame that a job would like to be found, as far as it can know it: all but the file's mark.
        Path other = temp.resolve("other");
        Segment segment = Segment.create(other, new Segment.Header(Upgrades.VERSION, 1, 0, 1));
        segment.append(9, List.of(Records.encode(new Write.Save(victim, forged))), false);
        segment.close();
        byte[] all = Files.readAllBytes(other);
        byte[] frame = Arrays.copyOfRange(all, Segment.HEADER, all.length);
        Path file = Samples.newest(folder);
        Files.write(file, frame, StandardOpenOption.APPEND);
        try (Store store = Store.open(folder)) {
            assertEquals(Map.of(LABEL, memory(1)), store.memories());
            assertEquals(1, store.warnings().size());
        }
    }

    @Test
    void shouldRemoveAFileThatWasNeverFinished() throws Exception {
        write(1);
        Path unfinished = folder.resolve("0000000002.store.new");
        Files.write(unfinished, new byte[] {1, 2, 3});
        try (Store store = Store.open(folder)) {
            assertState(store, 1, "unfinished");
            assertEquals(List.of(), store.warnings());
        }
        assertFalse(Files.exists(unfinished));
    }

    @Test
    void shouldSkipRunIdsWhereReservationsMayBeLost() throws Exception {
        try (Store store = Store.open(folder)) {
            store.reserveRuns(1);
        }
        Files.write(Samples.newest(folder), new byte[100]);
        try (Store store = Store.open(folder)) {
            assertTrue(store.lastRun() >= Store.RUN_SKIP);
            assertEquals(1, store.warnings().size());
            assertTrue(Files.exists(folder.resolve(Recovery.DAMAGED)));
        }
        try (Store store = Store.open(folder)) {
            assertTrue(store.lastRun() >= Store.RUN_SKIP);
        }
    }

    @Test
    void shouldRefuseAFileLargerThanTheStoreWrites() throws Exception {
        write(1);
        try (RandomAccessFile file = new RandomAccessFile(Samples.newest(folder).toFile(), "rw")) {
            file.setLength(Segment.LARGEST_FILE + 1);
        }
        assertThrows(StoreException.class, () -> Store.open(folder));
    }

    @Test
    void shouldRefuseANewerFormat() throws Exception {
        write(1);
        Segment.create(folder.resolve("0000000002.store"), new Segment.Header(Upgrades.VERSION + 1, 2, 1, 1))
                .close();
        StoreException refused = assertThrows(StoreException.class, () -> Store.open(folder));
        assertEquals(
                "cannot open the store " + folder + ": its format is version 2 and this Lares knows up to 1; "
                        + "start the newer Lares, or move the folder away to begin anew",
                refused.getMessage());
        assertTrue(Files.exists(folder.resolve("0000000002.store")));
    }

    @Test
    void shouldUpgradeVersion0() throws Exception {
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        try (var fixture = RecoveryTest.class.getResourceAsStream("version0.store")) {
            Files.copy(fixture, folder.resolve("0000000001.store"));
        }
        for (int life = 1; life <= 2; life++) {
            try (Store store = Store.open(folder)) {
                assertEquals(Version0.MEMORIES, store.memories(), "life " + life);
                assertEquals(List.of(run(1, "detail 1")), store.history(LABEL));
                assertEquals(List.of(entry(LABEL, 1)), store.journal(Optional.empty(), 10));
                assertEquals(256, store.lastRun());
                assertEquals(List.of(), store.warnings());
            }
        }
    }
}
