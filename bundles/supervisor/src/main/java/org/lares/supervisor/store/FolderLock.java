package org.lares.supervisor.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps a second store off a folder, in this process or another. Ends with the process at the latest. */
final class FolderLock implements Closeable {

    // Closing any descriptor of a file drops the process's lock on it (fcntl(2)), so the second attempt of one
    // process must not even open it.
    private static final Set<Object> HELD = ConcurrentHashMap.newKeySet();

    private final Object key;
    private final FileChannel channel;

    private FolderLock(Object key, FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /** @throws IOException if it is locked; the message is reason and remedy */
    static FolderLock acquire(Path folder) throws IOException {
        Object key = Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        if (!HELD.add(key)) {
            throw new IOException("it is in use in this process; close it first");
        }
        FileChannel channel = null;
        FileLock lock = null;
        try {
            channel = FileChannel.open(
                    folder.resolve("lock"),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    Folder.PRIVATE_FILE);
            lock = channel.tryLock();
            if (lock == null) {
                throw new IOException("another container uses it; stop that one, or name another folder");
            }
            return new FolderLock(key, channel);
        } finally {
            if (lock == null) {
                HELD.remove(key);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(key);
        }
    }
}
