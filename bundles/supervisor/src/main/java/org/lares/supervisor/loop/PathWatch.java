package org.lares.supervisor.loop;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when watched paths come into being and vanish (launchd.plist(5): PathState). Level-triggered: what is told is what
 * a look at the disk said after the change, so that no change is lost for good, though a path that flickers may be told once.
 *
 * <p>A path is watched through the folders on the way to it by the kernel's notification; nothing is polled. All
 * methods may be called from any thread. The listener is called on the watch's own thread {@code lares-path-watch}.
 */
final class PathWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PathWatch.class);

    private final BiConsumer<String, Boolean> listener;
    private final WatchService service;
    private final Thread thread;
    private final Map<String, Watched> watched = new HashMap<>();

    /** How often a path is watched, what was said of it last, and through which folders it is watched. */
    private static final class Watched {
        int count;
        boolean exists;
        List<WatchKey> keys = List.of();
    }

    PathWatch(BiConsumer<String, Boolean> listener) throws IOException {
        this.listener = listener;
        service = FileSystems.getDefault().newWatchService();
        thread = new Thread(this::run, "lares-path-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Begins to watch; each call wants its {@link #unwatch}.
     *
     * @return whether the path exists now
     */
    synchronized boolean watch(String path) {
        Watched entry = watched.computeIfAbsent(path, unused -> new Watched());
        entry.count++;
        if (entry.count == 1) {
            look(path, entry);
        }
        return entry.exists;
    }

    synchronized void unwatch(String path) {
        Watched entry = watched.get(path);
        if (entry != null && --entry.count == 0) {
            watched.remove(path);
            entry.keys.forEach(this::release);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        service.close();
        thread.join();
    }

    /**
     * Registers the folders on the way from the root down, each before looking whether the next is there: what changes
     * after the look is seen by a registered folder.
     */
    private void look(String path, Watched entry) {
        Path file = Path.of(path);
        List<WatchKey> keys = new ArrayList<>();
        Path folder = file.getRoot();
        for (int depth = 0; depth < file.getNameCount() && Files.isDirectory(folder); depth++) {
            try {
                keys.add(folder.register(
                        service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE));
            } catch (IOException e) {
                // A folder that may be passed through but not read: the others on the way still tell most changes.
                LOG.debug("cannot watch {}: {}", folder, e.toString());
            }
            folder = folder.resolve(file.getName(depth));
        }
        List<WatchKey> before = entry.keys;
        entry.keys = keys;
        entry.exists = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        before.forEach(this::release);
    }

    /** A key is shared by all paths below one folder. */
    private void release(WatchKey key) {
        if (watched.values().stream().noneMatch(entry -> entry.keys.contains(key))) {
            key.cancel();
        }
    }

    private void run() {
        try {
            while (true) {
                WatchKey key = service.take();
                key.pollEvents();
                Map<String, Boolean> changes = lookAgain(key);
                key.reset();
                changes.forEach(listener);
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Map<String, Boolean> lookAgain(WatchKey key) {
        Map<String, Boolean> changes = new HashMap<>();
        List<Map.Entry<String, Watched>> affected = new ArrayList<>();
        for (Map.Entry<String, Watched> entry : watched.entrySet()) {
            if (entry.getValue().keys.contains(key)) {
                affected.add(entry);
            }
        }
        for (Map.Entry<String, Watched> entry : affected) {
            boolean before = entry.getValue().exists;
            look(entry.getKey(), entry.getValue());
            if (entry.getValue().exists != before) {
                changes.put(entry.getKey(), entry.getValue().exists);
            }
        }
        return changes;
    }
}
