package org.lares.sandbox.archive;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Class data sharing for the JVMs of jobs: they start faster from an archive of their classes, and share its pages.
 *
 * <p>The first run of a key writes the names of the classes it loads into its own folder. When it is ready these are read,
 * and a JVM of ours dumps the archive of them in the background, without a line of the job's code, into a folder that jobs
 * cannot write; the next run maps it. Every run is checked for that, by the kernel's list of its mappings: an archive that
 * a JVM refused is given up and made anew, once without linked classes, and then no more in this object's life.
 *
 * <p>Nothing here stops or fails a start: whatever goes wrong, {@link #flags} are those of a JVM without an archive, and
 * the reason is in the log, once, and in {@link #note}.
 *
 * <p>Any thread may call it. One thread of its own, "lares-archiver", works while there is something to do.
 */
public final class Archives implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Archives.class);

    /** Keys whose state is kept; the archives of others are found again on disk. */
    private static final int MOST_KEYS = 256;

    private static final int MOST_RUNS = 4096;

    /** Class lists in memory; a key beyond them learns from a later run. */
    private static final int MOST_WAITING = 64;

    /** A JVM that refuses the archive twice refuses its flags, not its file. */
    private static final int REFUSALS = 2;

    /**
     * Relocated, an archive is copied into private memory. This gives up the random address of the archives, those of the
     * JDK among them; that of all else stays.
     */
    private static final List<String> IN_PLACE =
            List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0");

    private final Bounds bounds;
    private final Archiver archiver = new Archiver();
    /** Null if the folder cannot be used. */
    private final Store store;
    /** By the digest of the key. Guarded by this. */
    private final Map<String, State> states = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
            return size() > MOST_KEYS && !eldest.getValue().pending;
        }
    };
    /** By their folders. Guarded by this. */
    private final Map<Path, Run> runs = new HashMap<>();

    /** Of a key; guarded by the archives. */
    private static final class State {
        /** A class list was taken, and its dump is waiting, running or to be tried again. */
        private boolean pending;

        private int refusals;
        private String note = "no archive yet";
        /** What the log has told of; empty after a success. */
        private String told = "";
    }

    /** A live run; guarded by the archives. */
    private static final class Run {
        private final Key key;
        private final String digest;
        /** Null if it was started without one. */
        private final Path archive;
        /** Bytes of its class list when it was ready; 0 if they were not dumped. */
        private long learned;

        private boolean ready;

        private Run(Key key, String digest, Path archive) {
            this.key = key;
            this.digest = digest;
            this.archive = archive;
        }
    }

    /**
     * @param folder made if need be, mode 0700; everything in it belongs to this object. Without a colon in its path, which
     *     the JVM takes for a separator
     */
    public Archives(Path folder) {
        this(folder, Bounds.STANDARD, InstantSource.system());
    }

    public Archives(Path folder, Bounds bounds, InstantSource clock) {
        this.bounds = bounds;
        Store made = null;
        try {
            if (folder.toString().contains(":")) {
                throw new IOException("its path has a colon, which the JVM takes for a separator");
            }
            made = new Store(folder.toAbsolutePath(), bounds, clock);
        } catch (IOException e) {
            LOG.warn(
                    "isolated jobs start without class archives: cannot use {}: {}; free it for the container and "
                            + "restart it",
                    folder,
                    reason(e));
        }
        store = made;
    }

    /**
     * The flags for a start, to be added to those of the key. Waits for no dump; for the first use of an archive it reads
     * the file once.
     *
     * @param runFolder the run's own, writable for it; not shared with another live run
     */
    public List<String> flags(Key key, Path runFolder) {
        int feature = Jdk.of(key.java()).feature();
        if (store == null || DumpFlags.of(key.jvmFlags(), feature, true).isEmpty()) {
            return List.of();
        }
        String digest = key.digest();
        Path archive = find(digest);
        List<String> flags = new ArrayList<>(IN_PLACE);
        synchronized (this) {
            State state = state(digest);
            if (archive != null) {
                flags.add("-XX:SharedArchiveFile=" + archive);
            } else if (!state.pending && state.refusals < REFUSALS) {
                flags.add("-XX:DumpLoadedClassList=" + runFolder.resolve(ClassList.FILE));
            }
            if (runs.size() < MOST_RUNS) {
                runs.put(runFolder, new Run(key, digest, archive));
            }
        }
        return List.copyOf(flags);
    }

    /** Null if there is none that can be used. */
    private Path find(String digest) {
        try {
            return store.find(digest).orElse(null);
        } catch (IOException e) {
            failed(digest, "the archive was dropped", reason(e));
            return null;
        }
    }

    /** The run has loaded what it needs to start: its classes are learned, or its archive is checked. Does not wait. */
    public void ready(Key key, Path runFolder, long pid) {
        Run run;
        synchronized (this) {
            run = runs.get(runFolder);
            if (run == null) {
                return;
            }
            run.ready = true;
        }
        archiver.submit(run.archive == null ? () -> learn(run, runFolder) : () -> check(run, pid));
    }

    /**
     * The run has ended, its folder is still there. Takes the list of a run that was not ready, and from JDK 25 the hints
     * that are written at the end.
     */
    public void ended(Key key, Path runFolder) {
        Run run;
        boolean ready;
        synchronized (this) {
            run = runs.remove(runFolder);
            if (run == null) {
                return;
            }
            ready = run.ready;
        }
        if (run.archive == null) {
            learn(run, runFolder);
        } else if (!ready) {
            // It may have died of the archive.
            store.doubt(run.digest);
        }
    }

    /** The run has ended without having begun its work: it shows neither what that loads, nor what the archive is worth. */
    public synchronized void unused(Path runFolder) {
        runs.remove(runFolder);
    }

    /** Where the key stands, for people: one sentence without an end. */
    public synchronized String note(Key key) {
        if (store == null) {
            return "the folder of the archives cannot be used";
        }
        if (DumpFlags.of(key.jvmFlags(), Jdk.of(key.java()).feature(), true).isEmpty()) {
            return "the flags of its JVM rule an archive out";
        }
        String digest = key.digest();
        State state = states.get(digest);
        if (state == null) {
            return store.has(digest) ? "an archive, not used yet" : "no archive yet";
        }
        return state.note;
    }

    /** Waits until all is done that was begun, but not for another try that is not due yet; for tests. */
    void settle() throws InterruptedException, ExecutionException {
        // What was read is dumped by a task of its own, behind the one of the first wait.
        for (int i = 0; i <= bounds.attempts(); i++) {
            archiver.settle();
        }
    }

    /** Kills a dump that is running, and waits for its end. Runs keep what they mapped. */
    @Override
    public void close() {
        archiver.close();
    }

    private State state(String digest) {
        return states.computeIfAbsent(digest, it -> new State());
    }

    private void learn(Run run, Path runFolder) {
        boolean first;
        long start;
        synchronized (this) {
            State state = state(run.digest);
            // A second time only for the hints of the run that the archive comes from.
            first = run.learned == 0;
            start = first ? Long.MAX_VALUE : run.learned;
            if (state.pending || state.refusals >= REFUSALS || first && store.has(run.digest)) {
                return;
            }
        }
        Optional<ClassList> list;
        try {
            list = ClassList.read(runFolder.resolve(ClassList.FILE), start);
        } catch (NoSuchFileException e) {
            // The JVM never came so far, or another run's list came first.
            return;
        } catch (IOException e) {
            failed(run.digest, "no archive", "the class list of the run cannot be read: " + reason(e));
            return;
        }
        if (list.isEmpty() || !first && !list.get().hints()) {
            return;
        }
        synchronized (this) {
            State state = state(run.digest);
            if (state.pending || waiting() >= MOST_WAITING) {
                return;
            }
            state.pending = true;
            run.learned = list.get().bytes();
        }
        ClassList taken = list.get();
        if (!archiver.submit(() -> dump(run, taken, 1))) {
            release(run.digest);
        }
    }

    private long waiting() {
        return states.values().stream().filter(it -> it.pending).count();
    }

    private synchronized void release(String digest) {
        state(digest).pending = false;
    }

    private void dump(Run run, ClassList list, int attempt) {
        String digest = run.digest;
        boolean again = false;
        try {
            int refusals;
            synchronized (this) {
                refusals = state(digest).refusals;
            }
            Jdk jdk = Jdk.of(run.key.java());
            List<String> flags = DumpFlags.of(run.key.jvmFlags(), jdk.feature(), refusals == 0)
                    .orElseThrow();
            store.checkSpace();
            Path output = store.temporary(digest, "dump");
            try {
                new Dump(run.key, flags, bounds)
                        .run(list, store.temporary(digest, "list"), output, store.temporary(digest, "messages"));
                if (run.key.digest().equals(digest)) {
                    store.publish(output, digest);
                    succeeded(digest, "an archive of " + list.lines().size() + " lines, not used yet");
                }
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (InterruptedException e) {
            // By the closing, which leaves no more to do.
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            again = attempt < bounds.attempts() && retry(run, list, attempt);
            failed(digest, again ? "no archive, tried again later" : "no archive", reason(e));
        } finally {
            if (!again) {
                release(digest);
            }
        }
    }

    private boolean retry(Run run, ClassList list, int attempt) {
        return archiver.submit(
                () -> dump(run, list, attempt + 1), bounds.retry().toMillis() << (attempt - 1));
    }

    private void check(Run run, long pid) {
        Optional<Boolean> mapped = Mappings.has(pid, run.archive);
        if (mapped.isEmpty()) {
            return;
        }
        try {
            if (mapped.get()) {
                store.use(run.digest);
                succeeded(run.digest, "the archive is in use");
                return;
            }
            Optional<Path> current = store.find(run.digest);
            if (current.isEmpty() || !current.get().equals(run.archive)) {
                return;
            }
            store.drop(run.digest);
        } catch (IOException e) {
            failed(run.digest, "the archive cannot be kept", reason(e));
            return;
        }
        int refusals;
        synchronized (this) {
            refusals = ++state(run.digest).refusals;
        }
        failed(
                run.digest,
                refusals < REFUSALS ? "the archive is made anew" : "no archive until the container restarts",
                "the JVM did not map it");
    }

    private synchronized void succeeded(String digest, String note) {
        State state = state(digest);
        state.note = note;
        state.told = "";
    }

    private void failed(String digest, String what, String reason) {
        boolean tell;
        synchronized (this) {
            State state = state(digest);
            state.note = what + ": " + reason;
            tell = !state.told.equals(what);
            state.told = what;
        }
        if (tell) {
            LOG.warn("class archive {}: {}: {}; jobs start without it, slower", digest.substring(0, 8), what, reason);
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null || e instanceof FileSystemException ? e.toString() : e.getMessage();
    }
}
