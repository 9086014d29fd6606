package org.lares.supervisor.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the files of live runs below a size. Learns of growth from the kernel, for the folders in which live runs write or
 * have written: a job that is started again at once need not wait for the kernel twice. Any thread.
 */
final class LogCutter implements Closeable {
    private static final int COPY = 64 << 10;

    private final long limit;
    private final WatchService watch;
    private final Thread thread;

    // Guarded by this.
    private final Map<Path, Set<Path>> filesByFolder = new HashMap<>();
    private final Map<Path, WatchKey> keys = new HashMap<>();
    private final Map<Path, String> warnings = new HashMap<>();

    private LogCutter(long limit, WatchService watch) {
        this.limit = limit;
        this.watch = watch;
        thread = new Thread(this::run, "lares-logs");
        thread.setDaemon(true);
    }

    static LogCutter start(long limit) throws IOException {
        LogCutter cutter = new LogCutter(limit, FileSystems.getDefault().newWatchService());
        cutter.thread.start();
        return cutter;
    }

    /** The file may be too large already. */
    void add(Path file) {
        Path folder = file.getParent();
        synchronized (this) {
            filesByFolder.computeIfAbsent(folder, it -> new HashSet<>()).add(file);
            WatchKey known = keys.get(folder);
            if (known == null || !known.isValid()) {
                try {
                    keys.put(folder, folder.register(watch, StandardWatchEventKinds.ENTRY_MODIFY));
                } catch (IOException e) {
                    // The kernel's watches may be used up (inotify(7)): no reason to keep a run from starting.
                    warn(file, StoreException.reason(e));
                }
            }
        }
        cutIfLarge(file);
    }

    /** Cuts it a last time if it has to be. */
    void remove(Path file) {
        if (!watches(file)) {
            return;
        }
        cutIfLarge(file);
        synchronized (this) {
            warnings.remove(file);
            Path folder = file.getParent();
            Set<Path> files = filesByFolder.getOrDefault(folder, Set.of());
            if (files.remove(file) && files.isEmpty()) {
                filesByFolder.remove(folder);
            }
        }
    }

    synchronized boolean watches(Path file) {
        return filesByFolder.getOrDefault(file.getParent(), Set.of()).contains(file);
    }

    synchronized List<String> warnings() {
        return List.copyOf(warnings.values());
    }

    @Override
    public void close() throws IOException {
        watch.close();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            try {
                WatchKey key = watch.take();
                // Which files is not asked: an overflow could not tell, and there is seldom more than one.
                key.pollEvents();
                key.reset();
                files((Path) key.watchable()).forEach(this::cutIfLarge);
            } catch (ClosedWatchServiceException e) {
                return;
            } catch (InterruptedException e) {
                // Nobody has this thread but close, which does not interrupt.
                return;
            }
        }
    }

    private synchronized List<Path> files(Path folder) {
        return List.copyOf(filesByFolder.getOrDefault(folder, Set.of()));
    }

    private void cutIfLarge(Path file) {
        try {
            // A link, a pipe or a device in place of the log is left alone.
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) > limit) {
                cut(file);
            }
        } catch (NoSuchFileException e) {
            // Somebody removed it; its writer goes on into a file without a name.
            warn(file, "it was removed");
        } catch (IOException e) {
            warn(file, StoreException.reason(e));
        }
    }

    private synchronized void warn(Path file, String reason) {
        warnings.put(file, "cannot cut the log " + file + ": " + reason + "; it may grow without limit");
    }

    /** One cut at a time, so that two threads never cut the same file twice. */
    private void cut(Path file) throws IOException {
        synchronized (watch) {
            try (FileChannel log = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                long size = log.size();
                if (size <= limit) {
                    return;
                }
                String fate = keep(file, log, size - limit);
                log.truncate(0);
                mark(file, "--- cut by lares at " + size + " bytes; " + fate + " ---\n");
            }
        }
    }

    /** Copies the rest to where earlier output goes, and says for people what became of it. */
    private String keep(Path file, FileChannel log, long from) throws IOException {
        Path earlier = file.resolveSibling(file.getFileName() + Logs.EARLIER);
        Path unfinished = earlier.resolveSibling(earlier.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        try {
            Files.createFile(unfinished, Folder.PRIVATE_FILE);
            try (FileChannel copy = FileChannel.open(unfinished, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                copy(log, from, from + 2 * limit, copy);
            }
            Files.move(unfinished, earlier, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return "what came before is in " + earlier.getFileName();
        } catch (IOException e) {
            // The disk may be full; then room is what is needed most.
            Files.deleteIfExists(unfinished);
            return "what came before could not be kept: " + StoreException.reason(e);
        }
    }

    /** Up to the end of the log, wherever that is by then, but not beyond {@code to}. */
    private static void copy(FileChannel log, long from, long to, FileChannel copy) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY);
        long at = from;
        while (at < to) {
            buffer.clear().limit((int) Math.min(COPY, to - at));
            int read = log.read(buffer, at);
            if (read < 0) {
                return;
            }
            at += read;
            buffer.flip();
            while (buffer.hasRemaining()) {
                copy.write(buffer);
            }
        }
    }

    private static void mark(Path file, String line) throws IOException {
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS)) {
            log.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        }
    }
}
