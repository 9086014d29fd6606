package org.lares.host;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/**
 * Waits for a container that is away, by watching the folder of its socket. A socket is there before anybody listens at
 * it, and the folder itself may go and come; so there is also a next attempt after a while, each later than the one
 * before. For one thread.
 */
final class Comeback implements AutoCloseable {
    private static final long FIRST_MILLIS = 100;
    private static final long SLOW_MILLIS = 60_000;

    private final Path socket;
    private final WatchService watch;
    private long pause = FIRST_MILLIS;

    /** Sees everything from here on. */
    Comeback(Path socket) {
        this.socket = socket;
        this.watch = watch(socket.toAbsolutePath().getParent());
    }

    /** Null if the folder cannot be watched. */
    private static WatchService watch(Path folder) {
        WatchService service = null;
        try {
            service = folder.getFileSystem().newWatchService();
            folder.register(service, StandardWatchEventKinds.ENTRY_CREATE);
            return service;
        } catch (IOException | OutOfMemoryError e) {
            Log.warn("cannot watch " + folder + " for the container's return: " + e + "; looking every "
                    + SLOW_MILLIS / 1000 + " s at last");
            close(service);
            return null;
        }
    }

    /**
     * Returns when it is time for the next attempt.
     *
     * @param slow the container does not want us, so that only another one is worth a soon attempt
     */
    void await(boolean slow) {
        long millis = slow ? SLOW_MILLIS : pause;
        pause = Math.min(SLOW_MILLIS, pause * 2);
        long deadline = System.nanoTime() + millis * 1_000_000;
        try {
            while (true) {
                long left = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
                if (watch == null) {
                    Thread.sleep(left);
                    return;
                }
                WatchKey key = watch.poll(left, TimeUnit.MILLISECONDS);
                if (key == null) {
                    return;
                }
                if (isSocket(key)) {
                    pause = FIRST_MILLIS;
                    return;
                }
            }
        } catch (InterruptedException e) {
            // By the job's code: an attempt too early does no harm.
            return;
        }
    }

    private boolean isSocket(WatchKey key) {
        boolean found = false;
        for (WatchEvent<?> event : key.pollEvents()) {
            found |= event.kind() == StandardWatchEventKinds.OVERFLOW
                    || socket.getFileName().equals(event.context());
        }
        key.reset();
        return found;
    }

    @Override
    public void close() {
        close(watch);
    }

    private static void close(WatchService service) {
        try {
            if (service != null) {
                service.close();
            }
        } catch (IOException e) {
            Log.warn("cannot end the watch for the container: " + e);
        }
    }
}
