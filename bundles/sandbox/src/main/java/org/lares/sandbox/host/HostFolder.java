package org.lares.sandbox.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.CborException;
import org.lares.xpc.cbor.Limits;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.FromHost.Last;
import org.lares.xpc.host.Order;

/**
 * The folder of one host. What the host writes there is read as a stranger's: bounded, and never through a link.
 *
 * <p>The state is on the disk as far as the kernel's word goes: it has to outlive the container, but when the machine
 * ends, so does the host.
 */
record HostFolder(Path path) {
    static final String ORDER = "order";
    static final String ARGUMENTS = "arguments";

    /** Of a spare, until it has a run. */
    static final String LOG = "log";

    private static final String STATE = "state";
    private static final Limits LAST_LIMITS = new Limits(1 << 20, 4, 100);
    private static final int REPORT_LIMIT = 2 << 20;
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** Makes it, empty, with mode 0700, as the folder around it; what was there before is removed. */
    void create() throws IOException {
        delete();
        Files.createDirectories(path.getParent(), PRIVATE_FOLDER);
        Files.createDirectory(path, PRIVATE_FOLDER);
    }

    Path log() {
        return path.resolve(LOG);
    }

    Path order() {
        return path.resolve(ORDER);
    }

    void write(String name, byte[] bytes) throws IOException {
        Path file = path.resolve(name);
        Files.deleteIfExists(file);
        Files.createFile(file, PRIVATE);
        Files.write(file, bytes, StandardOpenOption.WRITE);
    }

    /** It has been read, or never will be. */
    void removeOrder() throws IOException {
        Files.deleteIfExists(order());
    }

    void write(HostState state) throws IOException {
        String fresh = STATE + ".new";
        write(fresh, state.encode());
        try {
            Files.move(
                    path.resolve(fresh),
                    path.resolve(STATE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("cannot keep the state of a host: " + path + " cannot rename; use another disk", e);
        }
    }

    /** @return empty if there is none */
    Optional<HostState> state() throws IOException {
        Optional<byte[]> bytes = read(STATE, HostState.LARGEST);
        return bytes.isPresent() ? Optional.of(HostState.decode(bytes.get())) : Optional.empty();
    }

    /** What the host wrote before its end. A frame that cannot be read says nothing. */
    Optional<Last> last() throws IOException {
        Optional<byte[]> bytes = read(Order.LAST_FRAME, LAST_LIMITS.bytes());
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        try {
            return FromHost.of(Cbor.decode(bytes.get(), LAST_LIMITS))
                    .filter(Last.class::isInstance)
                    .map(Last.class::cast);
        } catch (CborException e) {
            throw new IOException("the last frame cannot be read: " + e.getMessage(), e);
        }
    }

    /** What the JVM wrote of its crash, its first 2 MiB. */
    Optional<String> crashReport() throws IOException {
        return read(Order.CRASH_REPORT, REPORT_LIMIT).map(it -> new String(it, StandardCharsets.UTF_8));
    }

    private Optional<byte[]> read(String name, int limit) throws IOException {
        Path file = path.resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(limit);
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The end of a file, as text; nothing if it cannot be read. */
    static String tail(Path file, int limit) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return "";
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long begin = Math.max(0, in.length() - limit);
            in.seek(begin);
            byte[] bytes = new byte[(int) Math.min(limit, in.length() - begin)];
            in.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** With all that is in it; links are removed, not followed. */
    void delete() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, Set.of(), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
