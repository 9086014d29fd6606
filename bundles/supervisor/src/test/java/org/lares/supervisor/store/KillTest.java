package org.lares.supervisor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lares.supervisor.store.Samples.LABEL;
import static org.lares.supervisor.store.Samples.entry;
import static org.lares.supervisor.store.Samples.memory;
import static org.lares.supervisor.store.Samples.run;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes without pause is killed again and again; nothing that it was told to be written may be lost. */
class KillTest {
    private static final int LIVES = 12;
    private static final int MOST_STEPS = 4_000;

    @TempDir(factory = InMemory.class)
    Path temp;

    @Test
    void shouldKeepWhatWasWrittenWhenKilledAtAnyMoment() throws Exception {
        Path folder = temp.resolve("store");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long last = 0;
        for (int life = 1; life <= LIVES; life++) {
            long told = liveAndDie(folder, last, 1 + random.nextInt(MOST_STEPS));
            String where = "seed " + seed + ", life " + life + ", told " + told;
            try (Store store = Store.open(folder)) {
                last = store.memories().get(LABEL).runs();
                assertTrue(last == told || last == told + 1, where + ", found " + last);
                assertEquals(Map.of(LABEL, memory(last)), store.memories(), where);
                assertEquals(run(last, "detail " + last), store.history(LABEL).get(0), where);
                List<Long> journal = store.journal(Optional.empty(), 100).stream()
                        .map(it -> it.run().orElseThrow().value() - 1)
                        .toList();
                assertEquals(Math.min(100, last), journal.size(), where);
                for (int i = 0; i < journal.size(); i++) {
                    assertEquals(last - journal.size() + 1 + i, journal.get(i), where);
                }
                assertEquals(
                        entry(LABEL, last), store.journal(Optional.empty(), 1).get(0), where);
                assertTrue(store.lastRun() >= last, where);
                // A torn tail is no loss; anything else would say more.
                assertTrue(store.warnings().size() <= 1, where + ": " + store.warnings());
            }
        }
    }

    @Test
    void shouldRefuseAFolderThatAnotherProcessUses() throws Exception {
        Path folder = temp.resolve("store");
        Process process = start(folder, 0);
        try (DataInputStream told = new DataInputStream(process.getInputStream())) {
            assertEquals(1, told.readLong());
            StoreException refused = assertThrows(StoreException.class, () -> Store.open(folder));
            assertEquals(
                    "cannot open the store " + folder
                            + ": another container uses it; stop that one, or name another folder",
                    refused.getMessage());
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        }
        Store.open(folder).close();
    }

    /** Returns the last step that the process was told to be written. */
    private static long liveAndDie(Path folder, long last, int steps) throws Exception {
        Process process = start(folder, last);
        try (DataInputStream told = new DataInputStream(process.getInputStream())) {
            long seen = last;
            for (int i = 0; i < steps; i++) {
                seen = told.readLong();
            }
            // Not Process.destroyForcibly, which closes the pipe with what is still in it.
            process.toHandle().destroyForcibly();
            return drain(told, seen);
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        }
    }

    private static Process start(Path folder, long last) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Child.class.getName(),
                        folder.toString(),
                        Long.toString(last))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static long drain(DataInputStream told, long seen) throws IOException {
        long last = seen;
        while (true) {
            try {
                last = told.readLong();
            } catch (EOFException e) {
                return last;
            }
        }
    }

    /** Writes steps for ever and tells each that is written. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            long last = Long.parseLong(args[1]);
            try (Store store = Store.open(Path.of(args[0]));
                    DataOutputStream out = new DataOutputStream(new FileOutputStream(FileDescriptor.out))) {
                byte[] number = new byte[Long.BYTES];
                while (true) {
                    last++;
                    store.reserveRuns(last);
                    store.write(List.of(
                            new Write.Changed(entry(LABEL, last)),
                            new Write.Ended(LABEL, run(last, "detail " + last)),
                            new Write.Save(LABEL, memory(last))));
                    ByteBuffer.wrap(number).putLong(last);
                    out.write(number);
                }
            }
        }
    }
}
