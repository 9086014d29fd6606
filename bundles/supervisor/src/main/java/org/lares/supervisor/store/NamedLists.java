package org.lares.supervisor.store;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.lares.job.Label;

/**
 * The property lists that were named to {@code bootstrap}, by label: a container that was killed loads them again, since
 * their programs have gone on. As with launchd they are forgotten with the boot of the machine. Every change is on the
 * disk when its method returns, whole or not at all. Thread-safe.
 */
public final class NamedLists {
    private static final long LARGEST = 16L << 20;

    /** No label has a slash. */
    private static final String BOOT = "/boot";

    private final Path file;
    private final String bootId;
    private Map<Label, Path> lists;

    private NamedLists(Path file, String bootId, Map<Label, Path> lists) {
        this.file = file;
        this.bootId = bootId;
        this.lists = lists;
    }

    /** @throws IOException if the file cannot be read; the message is reason and remedy */
    public static NamedLists open(Path file, String bootId) throws IOException {
        return new NamedLists(file, bootId, read(file, bootId));
    }

    private static Map<Label, Path> read(Path file, String bootId) throws IOException {
        Map<Label, Path> lists = new TreeMap<>();
        if (Files.notExists(file)) {
            return lists;
        }
        if (Files.size(file) > LARGEST) {
            throw new IOException(file + " has more than " + LARGEST + " bytes; move it away");
        }
        Properties entries = new Properties();
        try {
            entries.load(new StringReader(Files.readString(file)));
            if (bootId.equals(entries.remove(BOOT))) {
                entries.forEach((label, path) -> lists.put(Label.of((String) label), Path.of((String) path)));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException(
                    file + " is damaged (" + e.getMessage() + "); move it away, and bootstrap its lists again", e);
        }
        return lists;
    }

    public synchronized Map<Label, Path> all() {
        return Map.copyOf(lists);
    }

    /**
     * Labels that are here already keep their list.
     *
     * @return the labels that were not
     */
    public synchronized Set<Label> add(Map<Label, Path> more) throws IOException {
        Map<Label, Path> next = new TreeMap<>(more);
        next.putAll(lists);
        Set<Label> added = new HashSet<>(next.keySet());
        added.removeAll(lists.keySet());
        change(next);
        return added;
    }

    public synchronized void remove(Collection<Label> labels) throws IOException {
        Map<Label, Path> next = new TreeMap<>(lists);
        next.keySet().removeAll(labels);
        change(next);
    }

    public synchronized void clear() throws IOException {
        change(new TreeMap<>());
    }

    private void change(Map<Label, Path> next) throws IOException {
        if (next.equals(lists)) {
            return;
        }
        Properties entries = new Properties();
        entries.setProperty(BOOT, bootId);
        next.forEach((label, path) -> entries.setProperty(label.value(), path.toString()));
        StringWriter text = new StringWriter();
        entries.store(text, null);
        Path written = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(written);
        try (FileChannel channel = FileChannel.open(
                written, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), Folder.PRIVATE_FILE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        Folder.sync(file.toAbsolutePath().getParent());
        lists = next;
    }
}
