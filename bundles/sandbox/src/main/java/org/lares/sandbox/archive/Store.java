package org.lares.sandbox.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder of the archives. Each is one file, named by its key and the SHA-256 of its content, so that both are
 * published by one rename; its time is that of its last use. Anything else in the folder is a leftover.
 *
 * <p>A file is offered only after its content was compared with its name, once in this object's life and again if its
 * time, size or inode changed: JDK 17 and 25 do not check the content themselves, and crash on a damaged one.
 *
 * <p>Any thread may call it.
 */
final class Store {
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{64})-([0-9a-f]{64})\\.jsa");

    private final Path folder;
    private final Bounds bounds;
    private final InstantSource clock;
    /** By the digest of the key. Guarded by this. */
    private final Map<String, Entry> entries = new HashMap<>();

    private static final class Entry {
        private final Path file;
        private final String content;
        private final long size;
        private FileTime used;
        /** As it was when the content was compared; null before that. */
        private Stamp compared;

        private Entry(Path file, String content, BasicFileAttributes attributes) {
            this.file = file;
            this.content = content;
            size = attributes.size();
            used = attributes.lastModifiedTime();
        }
    }

    private record Stamp(long size, FileTime time, Object inode) {
        private static Stamp of(Path file) throws IOException {
            BasicFileAttributes it = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!it.isRegularFile()) {
                throw new IOException("it is no regular file");
            }
            return new Stamp(it.size(), it.lastModifiedTime(), it.fileKey());
        }
    }

    /** Makes the folder, or takes it over and clears it of leftovers. */
    Store(Path folder, Bounds bounds, InstantSource clock) throws IOException {
        this.folder = folder;
        this.bounds = bounds;
        this.clock = clock;
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.toList();
        }
        for (Path file : files) {
            take(file);
        }
    }

    private void take(Path file) throws IOException {
        Matcher name = NAME.matcher(file.getFileName().toString());
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory()) {
            // Not made by this class, so nothing to delete it by.
            return;
        }
        if (!name.matches() || !attributes.isRegularFile()) {
            Files.delete(file);
            return;
        }
        Entry entry = new Entry(file, name.group(2), attributes);
        Entry other = entries.get(name.group(1));
        if (other == null || other.used.compareTo(entry.used) < 0) {
            entries.put(name.group(1), entry);
            entry = other;
        }
        if (entry != null) {
            Files.delete(entry.file);
        }
    }

    /** Of the dump of a key; none of them exists, unless a dump is running. */
    Path temporary(String key, String kind) {
        return folder.resolve(key + "." + kind);
    }

    Path folder() {
        return folder;
    }

    /** @throws IOException if a dump would fill the disk */
    void checkSpace() throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < bounds.free()) {
            throw new IOException("the disk of " + folder + " has " + free + " bytes free, less than " + bounds.free());
        }
    }

    /**
     * @return empty if there is none
     * @throws IOException if it cannot be used, with the reason; it was deleted as far as possible
     */
    synchronized Optional<Path> find(String key) throws IOException {
        Entry entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        try {
            Stamp stamp = Stamp.of(entry.file);
            if (!stamp.equals(entry.compared)) {
                if (!Digests.of(entry.file).equals(entry.content)) {
                    throw new IOException("its content is not what was written");
                }
                entry.compared = stamp;
            }
            return Optional.of(entry.file);
        } catch (IOException e) {
            drop(key, e);
            throw e;
        }
    }

    /** Compares the content at the next use again. */
    synchronized void doubt(String key) {
        Entry entry = entries.get(key);
        if (entry != null) {
            entry.compared = null;
        }
    }

    synchronized boolean has(String key) {
        return entries.containsKey(key);
    }

    /** Processes that have it mapped keep it. */
    synchronized void drop(String key) throws IOException {
        Entry entry = entries.remove(key);
        if (entry != null) {
            Files.deleteIfExists(entry.file);
        }
    }

    private void drop(String key, IOException reason) {
        try {
            drop(key);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Notes that a process uses it, for the order in which archives are given up. */
    synchronized void use(String key) throws IOException {
        Entry entry = entries.get(key);
        if (entry == null) {
            return;
        }
        Stamp before = Stamp.of(entry.file);
        boolean same = before.equals(entry.compared);
        Files.setLastModifiedTime(entry.file, FileTime.from(clock.instant()));
        Stamp after = Stamp.of(entry.file);
        entry.used = after.time();
        if (same) {
            entry.compared = after;
        }
    }

    /** Makes a dumped file the archive of the key, in one step and for good; others are given up for it if need be. */
    void publish(Path dumped, String key) throws IOException {
        String content = Digests.of(dumped);
        Files.setPosixFilePermissions(dumped, PosixFilePermissions.fromString("r--r--r--"));
        Files.setLastModifiedTime(dumped, FileTime.from(clock.instant()));
        force(dumped);
        Path file = folder.resolve(key + "-" + content + ".jsa");
        synchronized (this) {
            Files.move(dumped, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(folder);
            Entry old = entries.remove(key);
            if (old != null && !old.file.equals(file)) {
                Files.deleteIfExists(old.file);
            }
            Entry entry = new Entry(file, content, Files.readAttributes(file, BasicFileAttributes.class));
            entry.compared = Stamp.of(file);
            entries.put(key, entry);
            prune(key);
        }
    }

    private void prune(String kept) throws IOException {
        List<Map.Entry<String, Entry>> oldest = new ArrayList<>(entries.entrySet());
        oldest.removeIf(it -> it.getKey().equals(kept));
        oldest.sort(Comparator.comparing(it -> it.getValue().used));
        long total = entries.values().stream().mapToLong(it -> it.size).sum();
        for (Map.Entry<String, Entry> it : oldest) {
            if (entries.size() <= bounds.archives() && total <= bounds.total()) {
                return;
            }
            total -= it.getValue().size;
            drop(it.getKey());
        }
    }

    private static void force(Path path) throws IOException {
        // fsync(2) asks for no right to write.
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
