package org.lares.shell.verb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lares.job.JobException;
import org.lares.job.Label;
import org.lares.shell.view.Json;

/**
 * Prints the logs of one job, and follows them over restarts and rotation. The kernel says when a folder changed;
 * nothing is polled. Rotation may rename a file, or copy it aside and cut it: both lose and repeat nothing. Used by one
 * thread.
 */
final class LogTail {
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_OTHERS = 022;

    private final Session session;
    private final Label label;
    private final boolean json;
    /** By file key, oldest first. */
    private final Map<Object, LogFile> open = new LinkedHashMap<>();
    /** Copies that were read to their end already. */
    private final Set<Object> done = new HashSet<>();

    private final Set<Path> watched = new HashSet<>();

    LogTail(Session session, Label label, boolean json) {
        this.session = session;
        this.label = label;
        this.json = json;
    }

    /** @param last only so many lines; all if null */
    void print(Integer last) throws IOException, JobException {
        try {
            start(last);
            for (LogFile file : open.values()) {
                if (session.cancellation().cancelled()) {
                    return;
                }
                file.finish(this::line);
            }
        } finally {
            close();
        }
    }

    /** Returns when cancelled. */
    void follow(Integer last) throws IOException, JobException, InterruptedException {
        WatchService watcher = FileSystems.getDefault().newWatchService();
        try (watcher) {
            session.cancellation().onCancel(() -> closeQuietly(watcher));
            watch(watcher);
            start(last);
            for (LogFile file : open.values()) {
                file.drain(this::line);
            }
            for (; ; ) {
                session.out().flush();
                WatchKey key = watcher.take();
                key.pollEvents();
                key.reset();
                watch(watcher);
                scan();
            }
        } catch (ClosedWatchServiceException e) {
            // cancelled
            return;
        } finally {
            close();
        }
    }

    private void start(Integer last) throws IOException, JobException {
        for (Path path : session.jobs().logs(label)) {
            LogFile file = open(path);
            if (file != null) {
                open.put(file.key(), file);
            }
        }
        if (open.isEmpty()) {
            throw new JobException(
                    JobException.Code.FAILED,
                    "cannot log " + session.jobs().domain().target(label)
                            + ": it has no log; a log begins with the first run that writes to one (lares explain "
                            + label + " says whether it ran)");
        }
        if (last != null) {
            List<LogFile> newestFirst = new ArrayList<>(open.values());
            Collections.reverse(newestFirst);
            long missing = last;
            for (LogFile file : newestFirst) {
                missing = file.back(missing);
            }
        }
    }

    /** One look at what there is now. */
    private void scan() throws IOException, JobException {
        List<Path> paths = new ArrayList<>();
        List<Object> keys = new ArrayList<>();
        for (Path path : session.jobs().logs(label)) {
            try {
                keys.add(LogFile.key(path));
                paths.add(path);
            } catch (NoSuchFileException e) {
                // rotated away between the list and the look; its folder's next event brings us back
                continue;
            }
        }
        done.retainAll(keys);
        finishGone(keys);
        // Files that stand before one we know are copies of it, made by a rotation that cuts; they count once it is
        // cut.
        List<Path> copies = new ArrayList<>();
        int lastKnown = -1;
        for (int i = 0; i < keys.size(); i++) {
            if (open.containsKey(keys.get(i))) {
                lastKnown = i;
            }
        }
        for (int i = 0; i < keys.size(); i++) {
            LogFile known = open.get(keys.get(i));
            if (known != null) {
                if (known.cut()) {
                    readCopies(copies, known.position());
                    known.position(0);
                }
                copies.clear();
                known.drain(this::line);
            } else if (i > lastKnown) {
                LogFile added = open(paths.get(i));
                if (added != null) {
                    open.put(added.key(), added);
                    added.drain(this::line);
                }
            } else if (!done.contains(keys.get(i))) {
                copies.add(paths.get(i));
            }
        }
    }

    private void finishGone(List<Object> keys) throws IOException {
        for (Object key : List.copyOf(open.keySet())) {
            if (!keys.contains(key)) {
                try (LogFile gone = open.remove(key)) {
                    gone.finish(this::line);
                }
            }
        }
    }

    private void readCopies(List<Path> copies, long from) throws IOException, JobException {
        long position = from;
        for (Path path : copies) {
            LogFile copy = open(path);
            if (copy != null) {
                try (copy) {
                    copy.position(position);
                    copy.finish(this::line);
                    done.add(copy.key());
                }
                position = 0;
            }
        }
    }

    private LogFile open(Path path) throws IOException, JobException {
        if (!session.access().controls() && !guarded(path)) {
            throw new JobException(
                    JobException.Code.NOT_PERMITTED,
                    "cannot log " + session.jobs().domain().target(label) + ": " + path
                            + " lies where others can exchange it, so it is not read on your behalf; read it yourself");
        }
        try {
            return LogFile.open(path);
        } catch (NoSuchFileException e) {
            // rotated away, or never written
            return null;
        }
    }

    /**
     * Whether nobody but root and the container's user can decide what stands at this path. Otherwise the owner of a
     * folder could put a link there and read, through the container, what only the container may.
     */
    private boolean guarded(Path path) throws IOException {
        Path folder;
        try {
            folder = path.getParent().toRealPath();
        } catch (NoSuchFileException e) {
            return true;
        }
        for (Path at = folder; at != null; at = at.getParent()) {
            Map<String, Object> facts = Files.readAttributes(at, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
            long owner = ((Number) facts.get("uid")).longValue() & 0xffff_ffffL;
            int mode = ((Number) facts.get("mode")).intValue();
            // In /tmp only its owner can exchange a folder, and the owner of the folder on our way was checked; but the
            // owner of the file itself may be anybody.
            boolean shared = (mode & STICKY) != 0 && !at.equals(folder);
            if ((owner != 0 && owner != session.access().own()) || ((mode & WRITABLE_BY_OTHERS) != 0 && !shared)) {
                return false;
            }
        }
        return true;
    }

    private void watch(WatchService watcher) throws IOException {
        for (Path path : session.jobs().logs(label)) {
            Path folder = path.toAbsolutePath().getParent();
            if (watched.add(folder)) {
                try {
                    folder.register(
                            watcher,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
                } catch (NoSuchFileException e) {
                    watched.remove(folder);
                }
            }
        }
    }

    private void line(Path file, String line) throws IOException {
        try {
            write(file, line);
        } catch (IOException e) {
            throw new CallerGoneException(e);
        }
    }

    private void write(Path file, String line) throws IOException {
        if (json) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("file", file.toString());
            row.put("line", line);
            session.println(Json.line(row));
        } else {
            session.print(line + "\n");
        }
    }

    /** What fails is the answer, not the log. */
    static final class CallerGoneException extends IOException {
        private static final long serialVersionUID = 1L;

        CallerGoneException(IOException cause) {
            super(cause);
        }
    }

    private void close() throws IOException {
        for (LogFile file : open.values()) {
            file.close();
        }
        open.clear();
    }

    private static void closeQuietly(WatchService watcher) {
        try {
            watcher.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a watch of folders", e);
        }
    }
}
