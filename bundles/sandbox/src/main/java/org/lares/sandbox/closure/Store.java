package org.lares.sandbox.closure;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jars under the digests of their content, and lists of those that belong together. A file never changes after it has
 * its name, and is removed only when no list that is kept has it; one that is found damaged gives way to a new file,
 * which those that have the old one open do not see. Not thread-safe; of one process.
 */
final class Store {
    private static final Logger LOG = LoggerFactory.getLogger(Store.class);
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final String JAR = ".jar";
    private static final String LIST = ".closure";
    private static final String PART = ".part";
    private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--r--r--");
    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final long LARGEST = 2L << 30;
    private static final int BUFFER = 1 << 16;

    private final Path folder;
    private final Set<String> verified = new HashSet<>();
    private final Map<Path, Known> jars = new HashMap<>();
    private final Map<Long, Known> installed = new HashMap<>();
    private boolean checked;

    /** A jar in the store. */
    record Stored(String digest, Path file) {}

    private record Known(long size, FileTime modified, Object key, String digest) {}

    /** @param folder made when it is first needed */
    Store(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder, and sees that it is ours. */
    void open() throws IOException {
        check();
    }

    Stored add(Content content) throws IOException {
        if (content instanceof Content.Jar jar) {
            return add(jar.file());
        }
        return add(((Content.Installed) content).bundle());
    }

    /** @param source under a size of 2 GiB */
    Stored add(InputStream source, String name) throws IOException {
        return write(name, out -> {
            byte[] buffer = new byte[BUFFER];
            long size = 0;
            for (int read = source.read(buffer); read >= 0; read = source.read(buffer)) {
                size += read;
                if (size > LARGEST) {
                    throw new IOException("it is larger than " + LARGEST + " bytes");
                }
                out.write(buffer, 0, read);
            }
        });
    }

    /** Whether the jar is there; its content is taken for granted. */
    boolean has(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** Remembers, over lives of the container, which jars a closure has. */
    void list(String closure, Collection<String> digests) throws IOException {
        Path list = folder.resolve(closure + LIST);
        if (has(list)) {
            return;
        }
        Path part = part();
        try {
            Files.write(part, digests.stream().distinct().sorted().toList(), StandardCharsets.UTF_8);
            publish(part, list);
        } catch (IOException e) {
            throw new IOException("cannot write " + list + ": " + reason(e) + "; make room or see who may write", e);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Removes what none of these closures has; nothing if it is not known what one of them has. */
    void retain(Collection<String> closures) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        check();
        Set<String> kept = new HashSet<>();
        for (String closure : closures) {
            if (!DIGEST.matcher(closure).matches()) {
                throw new IllegalArgumentException("no digest: " + closure);
            }
            try {
                kept.addAll(Files.readAllLines(folder.resolve(closure + LIST), StandardCharsets.UTF_8));
            } catch (NoSuchFileException e) {
                throw new IOException(
                        "nothing was removed from " + folder + ": it is not known what the closure " + closure
                                + " has; start its job again",
                        e);
            }
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (isOf(name, JAR) && !kept.contains(stem(name, JAR))) {
                    Files.deleteIfExists(file);
                    verified.remove(stem(name, JAR));
                } else if (isOf(name, LIST) && !closures.contains(stem(name, LIST)) || name.endsWith(PART)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private Stored add(Path file) throws IOException {
        String name = file.getFileName().toString();
        if (folder.equals(file.getParent()) && isOf(name, JAR) && isSound(stem(name, JAR))) {
            return new Stored(stem(name, JAR), file);
        }
        BasicFileAttributes before = Files.readAttributes(file, BasicFileAttributes.class);
        Known known = jars.get(file);
        if (known == null || !isOf(known, before) || !isSound(known.digest())) {
            Stored stored;
            try (InputStream in = Files.newInputStream(file)) {
                stored = add(in, file.toString());
            }
            BasicFileAttributes after = Files.readAttributes(file, BasicFileAttributes.class);
            known = new Known(after.size(), after.lastModifiedTime(), after.fileKey(), stored.digest());
            if (!isOf(known, before)) {
                throw new IOException(file + " was changed while it was read; start the job again");
            }
            jars.put(file, known);
        }
        return new Stored(known.digest(), path(known.digest()));
    }

    private Stored add(Bundle bundle) throws IOException {
        FileTime modified = FileTime.fromMillis(bundle.getLastModified());
        Known known = installed.get(bundle.getBundleId());
        if (known == null || !known.modified().equals(modified) || !isSound(known.digest())) {
            Stored stored = write(bundle.getSymbolicName(), out -> Repacked.write(bundle, out));
            known = new Known(0, modified, null, stored.digest());
            installed.put(bundle.getBundleId(), known);
        }
        return new Stored(known.digest(), path(known.digest()));
    }

    private static boolean isOf(Known known, BasicFileAttributes attributes) {
        return known.size() == attributes.size()
                && known.modified().equals(attributes.lastModifiedTime())
                && Objects.equals(known.key(), attributes.fileKey());
    }

    private Stored write(String name, Writing writing) throws IOException {
        check();
        Path part = part();
        MessageDigest digest = Digests.sha256();
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
                    OutputStream out = new BufferedOutputStream(
                            new DigestOutputStream(Channels.newOutputStream(channel), digest), BUFFER)) {
                writing.to(out);
                out.flush();
                channel.force(true);
            }
            String hex = Digests.hex(digest);
            if (!isSound(hex)) {
                publish(part, path(hex));
                verified.add(hex);
            }
            return new Stored(hex, path(hex));
        } catch (IOException e) {
            throw new IOException("cannot keep " + name + " in " + folder + ": " + reason(e), e);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Whether the store has it undamaged; looked at once in a life of the container. */
    private boolean isSound(String digest) throws IOException {
        Path file = path(digest);
        if (!has(file)) {
            return false;
        }
        if (!verified.contains(digest)) {
            if (!Digests.of(file).equals(digest)) {
                LOG.warn("{} is damaged, and is written anew", file);
                return false;
            }
            verified.add(digest);
        }
        return true;
    }

    private void publish(Path part, Path name) throws IOException {
        Files.setPosixFilePermissions(part, READ_ONLY);
        Files.move(part, name, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private Path part() throws IOException {
        return Files.createTempFile(folder, ".", PART);
    }

    private void check() throws IOException {
        if (checked) {
            return;
        }
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OURS));
        Path probe = part();
        try {
            if (!Files.getOwner(folder).equals(Files.getOwner(probe))) {
                throw new IOException(folder + " belongs to " + Files.getOwner(folder)
                        + ", who could change what jobs run; give it to " + Files.getOwner(probe));
            }
        } finally {
            Files.delete(probe);
        }
        // The umask has had a say in what was just made; what others may write was made by somebody else.
        Files.setPosixFilePermissions(folder, OURS);
        checked = true;
    }

    private Path path(String digest) {
        return folder.resolve(digest + JAR);
    }

    private static boolean isOf(String name, String suffix) {
        return name.endsWith(suffix) && DIGEST.matcher(stem(name, suffix)).matches();
    }

    private static String stem(String name, String suffix) {
        return name.substring(0, name.length() - suffix.length());
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }
}
