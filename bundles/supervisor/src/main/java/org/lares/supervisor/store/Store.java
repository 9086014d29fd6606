package org.lares.supervisor.store;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunRecord;
import org.lares.supervisor.core.Memory;

/**
 * What a domain remembers: an append-only log in numbered files, each beginning with a snapshot of the state.
 *
 * <p>What was written survives the end of this process at any moment. Over a power failure, what the kernel had not yet
 * written back may be lost (some 30 s with Linux's defaults), but never an override or a run id; see
 * {@code docs/store.md}.
 *
 * <p>Owned by one thread, which opens, writes and closes. The methods that read may be called from any thread.
 */
public final class Store implements Closeable {

    /** Run ids are reserved in blocks of this size. */
    static final long RUN_BLOCK = 256;

    /** Skipped where reservations may have been lost, so that no run id is given twice. */
    static final long RUN_SKIP = 1_000_000;

    /** A new file is begun when the log behind the snapshot has this size and that of the snapshot. */
    static final long LOG_SIZE = 1 << 20;

    /** Files before the last two are deleted when all together are larger; with them goes the oldest of the journal. */
    static final long KEPT_SIZE = 16 << 20;

    private static final int SNAPSHOT_FRAME = 1 << 20;

    private final Path folder;
    private final FolderLock lock;
    private final Warnings warnings;
    private final State state;
    private final SecureRandom random = new SecureRandom();
    private volatile Log log;
    private volatile long lastRun;
    private long reserved;
    private long sequence;
    private long number;
    private long rotateAt;
    private boolean closed;

    /**
     * The files.
     *
     * @param files by number, oldest first
     * @param current the last of them; empty if that cannot be added to
     */
    private record Log(NavigableMap<Long, Path> files, Optional<Segment> current) {}

    private Store(Path folder, FolderLock lock, Warnings warnings, Recovery.Found found) throws IOException {
        this.folder = folder;
        this.lock = lock;
        this.warnings = warnings;
        state = found.state();
        lastRun = found.lastRun();
        reserved = found.reserved();
        sequence = found.sequence();
        number = found.number();
        Optional<Segment> current = Optional.empty();
        if (found.newest().isPresent()) {
            Path newest = found.files().lastEntry().getValue();
            current = Optional.of(Segment.reopen(newest, found.newest().get()));
            rotateAt = rotateAt(found.snapshotEnd());
        }
        log = new Log(Collections.unmodifiableNavigableMap(found.files()), current);
    }

    /**
     * Creates the store, or recovers what the last life left; what of that is lost is told by {@link #warnings}.
     *
     * @param folder created with mode 0700 if there is none
     * @throws StoreException if its format is newer than this program, the folder is not ours alone, or another process
     *     uses it; the message is for people
     */
    public static Store open(Path folder) throws StoreException {
        FolderLock lock = null;
        Store store = null;
        try {
            Folder.own(folder);
            lock = FolderLock.acquire(folder);
            Warnings warnings = new Warnings();
            Store opened = new Store(folder, lock, warnings, Recovery.recover(folder, warnings));
            opened.begin();
            store = opened;
            return store;
        } catch (IOException e) {
            throw new StoreException("cannot open the store " + folder + ": " + StoreException.reason(e), e);
        } finally {
            if (store == null && lock != null) {
                release(lock);
            }
        }
    }

    private static void release(FolderLock lock) throws StoreException {
        try {
            lock.close();
        } catch (IOException e) {
            throw new StoreException("cannot unlock the store: " + StoreException.reason(e), e);
        }
    }

    /** Begins a file if the last one cannot be added to. On a full disk there is still all to be read. */
    private void begin() throws IOException {
        if (log.current.isPresent()) {
            return;
        }
        try {
            rotate();
        } catch (IOException e) {
            if (log.files.isEmpty()) {
                throw e;
            }
            warnings.add("cannot begin a new file in " + folder + ": " + StoreException.reason(e)
                    + "; nothing can be written until that is mended");
        }
    }

    /** What is remembered of each label, as last saved; a label that is not there is {@link Memory#NONE}. */
    public Map<Label, Memory> memories() {
        return state.memories();
    }

    /** The greatest run id that may have been given out: the end of the reserved block. */
    public long lastRun() {
        return lastRun;
    }

    /**
     * Writes what one step decided, in this order, all or nothing. When it returns, it survives the end of this process.
     *
     * @throws IOException if nothing was written; a later call may succeed
     */
    public void write(List<Write> writes) throws IOException {
        if (writes.isEmpty()) {
            return;
        }
        List<Item> items = writes.stream().map(Records::encode).toList();
        state.admit(writes, items);
        append(items, writes.stream().anyMatch(this::changesOverride));
        for (int i = 0; i < items.size(); i++) {
            state.apply(writes.get(i), items.get(i));
        }
    }

    private boolean changesOverride(Write write) {
        return write instanceof Write.Save save
                && !save.memory()
                        .enabledOverride()
                        .equals(state.memory(save.label()).enabledOverride());
    }

    /**
     * Makes sure that no later life takes a run id up to this one for unused, not even after a power failure. Waits for
     * the disk once per block of ids.
     *
     * @throws IOException if it is not sure; the ids must not be used then
     */
    public void reserveRuns(long upTo) throws IOException {
        if (upTo <= reserved) {
            return;
        }
        long block = Math.addExact(upTo, RUN_BLOCK - 1);
        append(List.of(Records.encodeRuns(block)), true);
        reserved = block;
        lastRun = block;
    }

    /** The last runs of a label, newest first; at most {@value State#RUNS_PER_LABEL}, less if they have much to tell. */
    public List<RunRecord> history(Label label) {
        return state.history(label);
    }

    /**
     * The latest changes, oldest first. Reads the files.
     *
     * @param label whose changes; empty for those of all
     * @param most 0 or more
     * @throws UncheckedIOException if the files cannot be read
     */
    public List<JournalEntry> journal(Optional<Label> label, int most) {
        Log seen = log;
        try {
            return new Journal(warnings).read(seen.files, seen.current, label, most);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the journal in " + folder + ": " + StoreException.reason(e), e);
        }
    }

    /** What people should know: what was lost in the last life or to the disk, and what does not work. */
    public List<String> warnings() {
        return warnings.all();
    }

    /** Waits until all is on the disk, and gives up the folder. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (lock) {
            if (log.current.isPresent()) {
                try (Segment segment = log.current.get()) {
                    segment.sync();
                }
            }
        }
    }

    private void append(List<Item> items, boolean force) throws IOException {
        if (closed) {
            throw new IOException("the store " + folder + " is closed");
        }
        rotateIfDue();
        log.current.orElseThrow().append(sequence, items, force);
        sequence++;
    }

    private void rotateIfDue() throws IOException {
        if (log.current.isEmpty() || !log.current.get().trusted()) {
            rotate();
        } else if (log.current.get().end() > rotateAt) {
            try {
                rotate();
            } catch (IOException e) {
                long end = log.current.get().end();
                if (end > Segment.LARGEST_FILE / 2) {
                    throw e;
                }
                rotateAt = end + LOG_SIZE;
                warnings.add("cannot begin a new file in " + folder + ": " + StoreException.reason(e)
                        + "; the old one grows until that is mended");
            }
        }
    }

    /** Begins a new file with all that is in the state, and makes it the current one. */
    private void rotate() throws IOException {
        Path path = Recovery.file(folder, number);
        Path unfinished = path.resolveSibling(path.getFileName() + Recovery.UNFINISHED);
        Files.deleteIfExists(unfinished);
        long next = sequence;
        Segment segment =
                Segment.create(unfinished, new Segment.Header(Upgrades.VERSION, number, random.nextLong(), sequence));
        boolean done = false;
        try {
            for (List<Item> items : snapshot()) {
                segment.append(next++, items, false);
            }
            segment.sync();
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } finally {
            if (!done) {
                segment.close();
                Files.deleteIfExists(unfinished);
            }
        }
        // From here on the next life would begin with the new file, so it is the one to add to.
        Optional<Segment> before = log.current;
        NavigableMap<Long, Path> files = new TreeMap<>(log.files);
        files.put(number, path);
        rotateAt = rotateAt(segment.end());
        sequence = next;
        number++;
        log = new Log(Collections.unmodifiableNavigableMap(files), Optional.of(segment));
        if (before.isPresent()) {
            before.get().close();
        }
        segment.syncName(folder);
        reserved = lastRun;
        prune();
    }

    private static long rotateAt(long snapshotEnd) {
        return snapshotEnd + Math.max(LOG_SIZE, snapshotEnd);
    }

    /** The state as the payloads of frames, the last of which ends the snapshot. */
    private List<List<Item>> snapshot() {
        List<List<Item>> frames = new ArrayList<>();
        List<Item> frame = new ArrayList<>();
        frame.add(Records.encodeRuns(lastRun));
        int size = 0;
        for (Item item : state.items()) {
            if (size > SNAPSHOT_FRAME) {
                frames.add(frame);
                frame = new ArrayList<>();
                size = 0;
            }
            frame.add(item);
            size += item.size();
        }
        frame.add(new Item(Item.Kind.SNAPSHOT_END, new byte[0]));
        frames.add(frame);
        return frames;
    }

    private void prune() throws IOException {
        NavigableMap<Long, Path> files = new TreeMap<>(log.files);
        long size = 0;
        for (Path file : files.values()) {
            size += Files.size(file);
        }
        while (files.size() > 2 && size > KEPT_SIZE) {
            Path oldest = files.pollFirstEntry().getValue();
            size -= Files.size(oldest);
            Files.delete(oldest);
        }
        log = new Log(Collections.unmodifiableNavigableMap(files), log.current);
    }
}
