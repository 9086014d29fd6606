package org.lares.xpc;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A socket in the file system that belongs to one live process. A lock on the file beside it, which the kernel drops
 * with the process, says whether it does: so two containers that start at the same time cannot both find it stale.
 */
final class SocketFile implements Closeable {
    private static final int BACKLOG = 128;

    /** Of a file with one byte at its end, which takes one block. */
    private static final long LARGEST_MARK = 1L << 31;

    private final Path socket;
    private final FileChannel lock;
    private final ServerSocketChannel listener;

    private SocketFile(Path socket, FileChannel lock, ServerSocketChannel listener) {
        this.socket = socket;
        this.lock = lock;
        this.listener = listener;
    }

    /** Listens; {@code others} says whether users besides us and root are to reach the socket. */
    static SocketFile open(Path socket, boolean others) throws IOException {
        Path path = socket.toAbsolutePath();
        makeFolder(path, others);
        try {
            FileChannel lock = lock(path);
            try {
                removeStale(path);
                return new SocketFile(path, lock, listen(path, others));
            } catch (Throwable e) {
                lock.close();
                throw e;
            }
        } catch (FileSystemException e) {
            throw failure(path, e + "; mend its folder, or set LARES_RUN_DIR", e);
        }
    }

    ServerSocketChannel listener() {
        return listener;
    }

    /** Stops listening and removes the socket and its lock; once they are no longer ours, does nothing. */
    @Override
    public void close() throws IOException {
        try (lock;
                listener) {
            if (lock.isOpen()) {
                Files.deleteIfExists(socket);
                Files.deleteIfExists(lockOf(socket));
            }
        }
    }

    private static Path lockOf(Path socket) {
        return socket.resolveSibling(socket.getFileName() + ".lock");
    }

    private static void makeFolder(Path socket, boolean others) throws IOException {
        Path folder = socket.getParent();
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Ownership.closedFolderOf(Ownership.self(), folder)) {
                throw failure(
                        socket,
                        folder + " is not a folder that uid " + Ownership.self()
                                + " owns and nobody else can write; remove it, or set LARES_RUN_DIR",
                        e);
            }
        } catch (IOException e) {
            throw failure(socket, "its folder cannot be made: " + e + "; set LARES_RUN_DIR", e);
        }
        if (others) {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(folder);
            mode.addAll(PosixFilePermissions.fromString("--x--x--x"));
            Files.setPosixFilePermissions(folder, mode);
        }
    }

    /** Who closes removes the file, perhaps between our opening it and our locking it: then it is made anew. */
    private static FileChannel lock(Path socket) throws IOException {
        while (true) {
            FileChannel file = FileChannel.open(
                    lockOf(socket),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            boolean kept = false;
            try {
                if (file.tryLock() == null) {
                    throw taken(socket, null);
                }
                kept = isAt(lockOf(socket), file);
                if (kept) {
                    return file;
                }
            } catch (OverlappingFileLockException inThisProcess) {
                throw taken(socket, inThisProcess);
            } finally {
                if (!kept) {
                    file.close();
                }
            }
        }
    }

    /**
     * Whether the path still leads to the file that we have locked. Java does not tell a channel's inode, and to open the
     * path once more and close it would drop the lock (fcntl(2)): so the file gets a size by which it is known.
     */
    private static boolean isAt(Path path, FileChannel file) throws IOException {
        long size = ThreadLocalRandom.current().nextLong(1, LARGEST_MARK);
        file.truncate(0);
        file.write(ByteBuffer.allocate(1), size - 1);
        try {
            return Files.size(path) == size;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static void removeStale(Path socket) throws IOException {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw failure(socket, "it is there, and is no socket; remove it", null);
        }
        // The lock says that no container is alive; but its file may have been removed, and fcntl(2) drops a lock when
        // any descriptor of that file is closed in the process, as by a second attempt to open the door in one JVM.
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException nobodyListens) {
            Files.delete(socket);
            return;
        } catch (SocketException e) {
            // Such as EAGAIN: somebody listens, and lets nobody in.
            throw taken(socket, e);
        }
        throw taken(socket, null);
    }

    private static ServerSocketChannel listen(Path socket, boolean others) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString(others ? "rw-rw-rw-" : "rw-------"));
            return listener;
        } catch (SocketException e) {
            listener.close();
            throw failure(socket, e.getMessage(), e);
        } catch (Throwable e) {
            listener.close();
            throw e;
        }
    }

    private static IOException taken(Path socket, Exception cause) {
        return failure(socket, "another container with the same base folder is running; stop that one first", cause);
    }

    private static IOException failure(Path socket, String reason, Exception cause) {
        return new IOException("cannot open " + socket + ": " + reason, cause);
    }
}
