package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.lares.job.JournalEntry;
import org.lares.job.Label;

/** Finds the entries of the journal among the records of the files. Any thread. */
final class Journal {
    private final Warnings warnings;

    Journal(Warnings warnings) {
        this.warnings = warnings;
    }

    /**
     * The latest entries, oldest first.
     *
     * @param current the last of the files, if it is being written
     */
    List<JournalEntry> read(NavigableMap<Long, Path> files, Optional<Segment> current, Optional<Label> label, int most)
            throws IOException {
        Deque<JournalEntry> found = new ArrayDeque<>();
        for (Map.Entry<Long, Path> file : files.descendingMap().entrySet()) {
            if (found.size() >= most) {
                break;
            }
            boolean written = current.isPresent() && file.getKey().equals(files.lastKey());
            try {
                Optional<Segment.Content> content =
                        Segment.read(file.getValue(), written ? current.get().end() : Long.MAX_VALUE);
                if (content.isPresent() && content.get().header().version() <= Upgrades.VERSION) {
                    collect(file.getValue(), content.get(), label, most, found);
                } else {
                    warnings.add(file.getValue()
                            + " cannot be read as a file of the store; its part of the journal is lost");
                }
            } catch (NoSuchFileException e) {
                // Pruned since the caller took its list of files; older ones went before it.
                break;
            }
        }
        return List.copyOf(found);
    }

    private void collect(
            Path file, Segment.Content content, Optional<Label> label, int most, Deque<JournalEntry> found) {
        if (!content.damage().isEmpty()) {
            warnings.add(file + " is damaged; its part of the journal is not complete");
        }
        for (int i = content.frames().size() - 1; i >= 0; i--) {
            try {
                List<Item> items = Item.unpack(content.frames().get(i).payload().duplicate());
                for (int j = items.size() - 1; j >= 0; j--) {
                    if (found.size() >= most) {
                        return;
                    }
                    Item item = items.get(j);
                    if (item.kind() == Item.Kind.CHANGED) {
                        JournalEntry entry = ((Write.Changed)
                                        Upgrades.decode(content.header().version(), item))
                                .entry();
                        if (label.isEmpty() || label.get().equals(entry.label())) {
                            found.addFirst(entry);
                        }
                    }
                }
            } catch (IOException e) {
                warnings.add(file + " has records of the journal that cannot be read: " + e.getMessage());
            }
        }
    }
}
