package org.lares.supervisor.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lares.job.Label;
import org.lares.job.RunId;

/**
 * The files that runs write to: {@code <folder>/<label>/<run>.log}, for the last runs of each label.
 *
 * <p>A run holds its file open for append, so a file that grows too large is cut under its writer: the last part moves to
 * {@code <run>.log.1}, replacing an earlier one, and the file goes on, empty but for a line that says so. What the run
 * writes between the end of the copy and the cut is lost; this is the price of not standing between a run and its file.
 *
 * <p>A runner may put the report of a crashed JVM beside a log, as {@code <run>.log.hs_err}: it goes with the log.
 *
 * <p>Any thread. One thread of its own, {@code lares-logs}, cuts the files of live runs as they grow; it ends with
 * {@link #close}.
 */
public final class Logs implements Closeable {

    /** Runs of a label whose logs are kept. */
    public static final int RUNS = 10;

    /** Bytes at which a file is cut. */
    public static final long LIMIT = 10 << 20;

    static final String LOG = ".log";
    static final String EARLIER = ".1";
    private static final Pattern NAME = Pattern.compile("([0-9]{1,18})\\.log(\\.1(\\.new)?|\\.hs_err)?");

    private final Path folder;
    private final int runs;
    private final LogCutter cutter;
    /** Labels whose folder was looked at: nobody but us can change it afterwards. */
    private final Set<Label> seen = ConcurrentHashMap.newKeySet();

    private Logs(Path folder, int runs, LogCutter cutter) {
        this.folder = folder;
        this.runs = runs;
        this.cutter = cutter;
    }

    /** With {@link #RUNS} and {@link #LIMIT}. */
    public static Logs open(Path folder) throws IOException {
        return open(folder, RUNS, LIMIT);
    }

    /**
     * Begins to look after the logs in a folder.
     *
     * @param folder created with mode 0700 if there is none
     * @param runs of a label whose logs are kept, 1 or more
     * @param limit bytes at which the file of a live run is cut, 1 or more; it may be exceeded by what is written before
     *     the cut
     * @throws IOException if the folder is not ours alone, or cannot be watched; the message is for people
     */
    public static Logs open(Path folder, int runs, long limit) throws IOException {
        if (runs < 1 || limit < 1) {
            throw new IllegalArgumentException("out of range: runs " + runs + ", limit " + limit);
        }
        own(folder);
        return new Logs(folder, runs, LogCutter.start(limit));
    }

    private static void own(Path folder) throws IOException {
        try {
            Folder.own(folder);
        } catch (IOException e) {
            throw new IOException("cannot use the log folder " + folder + ": " + StoreException.reason(e), e);
        }
    }

    /**
     * Creates the log of a run, which counts as live until {@link #ended}. What was in the place of the log, also a link,
     * is replaced. Old logs stay until {@link #prune}, so that a start need not wait for it.
     *
     * @return an empty file with mode 0600, to be opened for append
     */
    public Path create(Label label, RunId run) throws IOException {
        Path log = log(label, run);
        if (!seen.contains(label)) {
            own(directory(label));
            seen.add(label);
        }
        try {
            Files.createFile(log, Folder.PRIVATE_FILE);
        } catch (NoSuchFileException e) {
            own(directory(label));
            Files.createFile(log, Folder.PRIVATE_FILE);
        } catch (FileAlreadyExistsException e) {
            replace(log);
        }
        cutter.add(log);
        return log;
    }

    private static void replace(Path log) throws IOException {
        Files.deleteIfExists(log);
        Files.deleteIfExists(log.resolveSibling(log.getFileName() + EARLIER));
        try {
            Files.createFile(log, Folder.PRIVATE_FILE);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("cannot create the log " + log + ": something else puts files there; stop it", e);
        }
    }

    /** Looks after the log of a run that a former life started. Created, empty, if it is gone. */
    public Path adopt(Label label, RunId run) throws IOException {
        Path log = log(label, run);
        if (!Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
            return create(label, run);
        }
        own(directory(label));
        cutter.add(log);
        return log;
    }

    /** The run writes no more. Its log stays, until later runs make it one too many. */
    public void ended(Label label, RunId run) {
        cutter.remove(log(label, run));
    }

    /** The logs of a label's runs, oldest run first; see {@link #earlier} for what was cut from them. */
    public List<Path> of(Label label) throws IOException {
        return List.copyOf(files(label).values().stream()
                .flatMap(it -> it.stream().filter(file -> file.toString().endsWith(LOG)))
                .toList());
    }

    /** What was cut from the beginning of a log, as far as it is kept. */
    public static Optional<Path> earlier(Path log) {
        Path earlier = log.resolveSibling(log.getFileName() + EARLIER);
        return Files.isRegularFile(earlier, LinkOption.NOFOLLOW_LINKS) ? Optional.of(earlier) : Optional.empty();
    }

    /** What could not be done for a live run's log, the last for each. */
    public List<String> warnings() {
        return cutter.warnings();
    }

    /** Cuts no more. */
    @Override
    public void close() throws IOException {
        cutter.close();
    }

    /** Removes the oldest logs of a label that are too many, never those of live runs. */
    public void prune(Label label) throws IOException {
        NavigableMap<Long, List<Path>> files = files(label);
        while (files.size() > runs) {
            List<Path> oldest = files.pollFirstEntry().getValue();
            if (oldest.stream().noneMatch(cutter::watches)) {
                for (Path file : oldest) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** The files of each run, oldest run first. */
    private NavigableMap<Long, List<Path>> files(Label label) throws IOException {
        NavigableMap<Long, List<Path>> files = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory(label))) {
            for (Path entry : entries) {
                Matcher name = NAME.matcher(entry.getFileName().toString());
                if (name.matches()) {
                    files.computeIfAbsent(Long.valueOf(name.group(1)), it -> new ArrayList<>())
                            .add(entry);
                }
            }
        } catch (NoSuchFileException e) {
            return new TreeMap<>(Map.of());
        }
        return files;
    }

    private Path directory(Label label) {
        return folder.resolve(label.value());
    }

    private Path log(Label label, RunId run) {
        return directory(label).resolve(run.value() + LOG);
    }
}
