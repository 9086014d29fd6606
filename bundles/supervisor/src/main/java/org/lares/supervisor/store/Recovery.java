package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the files of a store as its last life left them, and says what of them is lost.
 *
 * <p>The newest file is enough: it begins with a snapshot. Only if that is damaged, the files before it are read as well,
 * back to one whose snapshot is whole; as every record replaces what it is about, reading the rest of the damaged one
 * over them gives back all that is still there.
 */
final class Recovery {
    static final String SUFFIX = ".store";
    static final String UNFINISHED = ".new";

    /** Where a file is put that is none of ours, or no longer. One is kept. */
    static final String DAMAGED = "damaged";

    private static final Pattern NAME = Pattern.compile("([0-9]{10})\\.store");

    private final Path folder;
    private final Warnings warnings;
    private final State state = new State();
    private final NavigableMap<Long, Path> files = new TreeMap<>();
    private long reserved;
    private boolean lost;

    /**
     * What was found.
     *
     * @param newest the file to go on with; empty if a new one must be begun
     * @param snapshotEnd where its snapshot ends
     * @param sequence of the next frame
     * @param number of the next file
     * @param reserved run ids up to this one are known to be reserved
     * @param lastRun run ids up to this one may have been given out
     */
    record Found(
            State state,
            NavigableMap<Long, Path> files,
            Optional<Segment.Content> newest,
            long snapshotEnd,
            long sequence,
            long number,
            long reserved,
            long lastRun) {}

    private Recovery(Path folder, Warnings warnings) {
        this.folder = folder;
        this.warnings = warnings;
    }

    static Path file(Path folder, long number) {
        return folder.resolve(String.format("%010d%s", number, SUFFIX));
    }

    /** @throws IOException if the files cannot be read, or are newer than this program; the message is for people */
    static Found recover(Path folder, Warnings warnings) throws IOException {
        return new Recovery(folder, warnings).recover();
    }

    private Found recover() throws IOException {
        find();
        long number = files.isEmpty() ? 1 : files.lastKey() + 1;
        Deque<Segment.Content> chain = chain();
        if (chain.isEmpty()) {
            long lastRun = lost ? Store.RUN_SKIP : 0;
            return new Found(state, files, Optional.empty(), 0, 1, number, 0, lastRun);
        }
        chain.forEach(this::apply);
        Segment.Content newest = chain.getLast();
        long lastRun = Math.max(reserved, state.greatestRun());
        if (newest.end() < newest.size()) {
            tail(newest);
            // The frame that is lost could have been a reservation of one more block.
            lastRun += Store.RUN_BLOCK;
        }
        if (lost) {
            lastRun += Store.RUN_SKIP;
        }
        boolean goOn = !lost && newest.header().version() == Upgrades.VERSION;
        return new Found(
                state,
                files,
                goOn ? Optional.of(newest) : Optional.empty(),
                snapshotEnd(newest).orElse(newest.end()),
                newest.nextSequence(),
                number,
                reserved,
                lastRun);
    }

    private void find() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                Matcher matcher = NAME.matcher(name);
                if (matcher.matches()) {
                    files.put(Long.valueOf(matcher.group(1)), entry);
                } else if (name.endsWith(SUFFIX + UNFINISHED)) {
                    Files.delete(entry);
                }
            }
        }
    }

    /** From the last file with a whole snapshot to the newest one. */
    private Deque<Segment.Content> chain() throws IOException {
        Deque<Segment.Content> chain = new ArrayDeque<>();
        for (Map.Entry<Long, Path> entry : List.copyOf(files.descendingMap().entrySet())) {
            Optional<Segment.Content> read = Segment.read(entry.getValue(), Long.MAX_VALUE);
            if (read.isEmpty()) {
                setAside(entry.getKey());
                continue;
            }
            Segment.Content content = read.get();
            if (content.header().version() > Upgrades.VERSION) {
                throw new IOException(
                        "its format is version " + content.header().version() + " and this Lares knows up to "
                                + Upgrades.VERSION + "; start the newer Lares, or move the folder away to begin anew");
            }
            chain.addFirst(content);
            if (snapshotEnd(content).isPresent()) {
                return chain;
            }
            lost = true;
        }
        if (!chain.isEmpty()) {
            warnings.add(
                    "no file in " + folder + " has a whole snapshot; what is remembered is only what changed since");
        }
        return chain;
    }

    private void setAside(long number) throws IOException {
        Path file = files.remove(number);
        Path aside = folder.resolve(DAMAGED);
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        lost = true;
        warnings.add(file + " is no file of a store any more and all that was written to it is lost; it is kept as "
                + aside + "; check the disk");
    }

    /** Where the snapshot of a file ends; empty if it is not whole. */
    private static Optional<Long> snapshotEnd(Segment.Content content) {
        long firstDamage = content.damage().isEmpty()
                ? Long.MAX_VALUE
                : content.damage().get(0).from();
        for (Segment.Frame frame : content.frames()) {
            if (frame.end() > firstDamage) {
                break;
            }
            try {
                for (Item item : Item.unpack(frame.payload().duplicate())) {
                    if (item.kind() == Item.Kind.SNAPSHOT_END) {
                        return Optional.of(frame.end());
                    }
                }
            } catch (IOException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private void apply(Segment.Content content) {
        for (Segment.Damage damage : content.damage()) {
            lose(content, "is damaged from byte " + damage.from() + " to " + damage.to());
        }
        for (Segment.Frame frame : content.frames()) {
            try {
                for (Item item : Item.unpack(frame.payload().duplicate())) {
                    apply(content, item);
                }
            } catch (IOException e) {
                lose(content, "has a frame that cannot be read (" + e.getMessage() + ")");
            }
        }
    }

    private void apply(Segment.Content content, Item item) {
        int version = content.header().version();
        try {
            switch (item.kind()) {
                case SAVE, ENDED -> {
                    Write write = Upgrades.decode(version, item);
                    state.apply(write, version == Upgrades.VERSION ? item : Records.encode(write));
                }
                case RUNS -> reserved = Math.max(reserved, Records.decodeRuns(item));
                case CHANGED, SNAPSHOT_END -> {
                    // The journal is read when it is asked for.
                }
            }
        } catch (IOException e) {
            lose(content, "has a record that cannot be read (" + e.getMessage() + ")");
        }
    }

    private void lose(Segment.Content content, String what) {
        lost = true;
        warnings.add(file(folder, content.header().number()) + " " + what
                + "; what was written there is lost; check the disk");
    }

    private void tail(Segment.Content newest) {
        Path file = file(folder, newest.header().number());
        long bytes = newest.size() - newest.end();
        if (newest.tailWhole()) {
            lose(newest, "is damaged in its last " + bytes + " bytes");
        } else {
            warnings.add("the last " + bytes + " bytes of " + file
                    + " are an incomplete record and are dropped; the container was killed while it wrote them");
        }
    }
}
