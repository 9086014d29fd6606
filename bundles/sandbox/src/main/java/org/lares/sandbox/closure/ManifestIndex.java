package org.lares.sandbox.closure;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The headers of the jars in folders, read once per path, size and time of change, and kept in a file over lives of the
 * container. Not thread-safe.
 */
final class ManifestIndex {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestIndex.class);
    private static final int MAGIC = 0x4c4d4931; // LMI1
    private static final int MOST_JARS = 50_000;
    private static final int MOST_HEADERS = 64;
    private static final int LONGEST_TEXT = 8 << 20;
    private static final int DEEPEST = 32;

    private final Path file;
    private final Map<Path, Jar> known = new HashMap<>();
    private boolean changed;

    /**
     * A jar in a folder.
     *
     * @param modified nanoseconds since 1970
     * @param headers empty if it is no bundle
     */
    record Jar(Path file, long size, long modified, Map<String, String> headers) {}

    /** @param file where the index is kept; need not exist */
    ManifestIndex(Path file) {
        this.file = file;
        try {
            load();
        } catch (NoSuchFileException e) {
            LOG.debug("no index of manifests yet at {}", file);
        } catch (IOException e) {
            known.clear();
            LOG.warn("the index of manifests is made anew: {}", e.toString());
        }
    }

    /** The bundles below a folder, by path; none if there is no such folder. */
    List<Jar> scan(Path folder) throws IOException {
        List<Jar> found = new ArrayList<>();
        Set<Path> seen = new HashSet<>();
        if (Files.isDirectory(folder)) {
            Files.walkFileTree(
                    folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, new SimpleFileVisitor<Path>() {
                        @Override
                        public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                            if (attributes.isRegularFile() && path.toString().endsWith(".jar")) {
                                if (seen.size() == MOST_JARS) {
                                    throw new IOException(
                                            folder + ": more than " + MOST_JARS + " jars; name a smaller folder");
                                }
                                seen.add(path);
                                found.add(jar(path, attributes));
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                            // A link to nowhere, or a file that went while it was looked at.
                            if (e instanceof NoSuchFileException
                                    || e instanceof java.nio.file.FileSystemLoopException) {
                                return FileVisitResult.CONTINUE;
                            }
                            throw e;
                        }
                    });
        }
        if (known.keySet().removeIf(path -> path.startsWith(folder) && !seen.contains(path))) {
            changed = true;
        }
        return found.stream()
                .filter(jar -> Headers.isBundle(jar.headers()))
                .sorted(java.util.Comparator.comparing(Jar::file))
                .toList();
    }

    /** Writes what was read since it was last saved. */
    void save() throws IOException {
        if (!changed) {
            return;
        }
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (OutputStream raw = Files.newOutputStream(part);
                CheckedOutputStream checked = new CheckedOutputStream(new BufferedOutputStream(raw), new CRC32());
                DataOutputStream out = new DataOutputStream(checked)) {
            out.writeInt(MAGIC);
            out.writeInt(known.size());
            for (Jar jar : known.values()) {
                write(out, jar.file().toString());
                out.writeLong(jar.size());
                out.writeLong(jar.modified());
                out.writeInt(jar.headers().size());
                for (Map.Entry<String, String> header : jar.headers().entrySet()) {
                    write(out, header.getKey());
                    write(out, header.getValue());
                }
            }
            out.writeLong(checked.getChecksum().getValue());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        changed = false;
    }

    private Jar jar(Path path, BasicFileAttributes attributes) {
        long modified = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        Jar before = known.get(path);
        if (before != null && before.size() == attributes.size() && before.modified() == modified) {
            return before;
        }
        Map<String, String> headers;
        try {
            headers = Headers.of(path);
        } catch (IOException e) {
            LOG.warn("{} is left out of every host: it cannot be read as a jar: {}", path, e.toString());
            headers = Map.of();
        }
        Jar jar = new Jar(path, attributes.size(), modified, headers);
        known.put(path, jar);
        changed = true;
        return jar;
    }

    private void load() throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(raw), new CRC32());
                DataInputStream in = new DataInputStream(checked)) {
            if (in.readInt() != MAGIC) {
                throw new IOException(file + " is of another version");
            }
            int jars = bounded(in.readInt(), 2 * MOST_JARS);
            for (int i = 0; i < jars; i++) {
                Path path = Path.of(read(in));
                long size = in.readLong();
                long modified = in.readLong();
                int count = bounded(in.readInt(), MOST_HEADERS);
                Map<String, String> headers = new TreeMap<>();
                for (int j = 0; j < count; j++) {
                    headers.put(read(in), read(in));
                }
                known.put(path, new Jar(path, size, modified, headers));
            }
            long sum = checked.getChecksum().getValue();
            if (in.readLong() != sum) {
                throw new IOException(file + " is damaged");
            }
        }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private String read(DataInputStream in) throws IOException {
        int length = bounded(in.readInt(), LONGEST_TEXT);
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw new IOException(file + " is cut off");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private int bounded(int value, int most) throws IOException {
        if (value < 0 || value > most) {
            throw new IOException(file + " is damaged");
        }
        return value;
    }
}
