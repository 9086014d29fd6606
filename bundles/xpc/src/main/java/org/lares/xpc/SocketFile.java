package org.lares.xpc;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A socket in the file system that belongs to one live process. A lock on the file beside it, which the kernel drops
 * with the process, says whether it does: so two containers that start at the same time cannot both find it stale.
 */
final class SocketFile implements Closeable {
    private static final int BACKLOG = 128;

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

    /**
     * Stops listening and removes the socket; once it is no longer ours, does nothing. The file of the lock stays: who
     * removes it races with who opens it.
     */
    @Override
    public void close() throws IOException {
        try (lock;
                listener) {
            if (lock.isOpen()) {
                Files.deleteIfExists(socket);
            }
        }
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

    private static FileChannel lock(Path socket) throws IOException {
        FileChannel file = FileChannel.open(
                socket.resolveSibling(socket.getFileName() + ".lock"),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean locked = false;
        try {
            locked = file.tryLock() != null;
        } catch (OverlappingFileLockException inThisProcess) {
            throw taken(socket, inThisProcess);
        } finally {
            if (!locked) {
                file.close();
            }
        }
        if (!locked) {
            throw taken(socket, null);
        }
        return file;
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
