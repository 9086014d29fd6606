package org.lares.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.RunId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control groups that this container's runs get: {@code <own group>/lares-<key>/<label>.<run>}, in each hierarchy that
 * is used. The key stands for the container's data folder, so that containers of one machine never meet.
 *
 * <p>Thread-safe, but for {@link #make} and {@link #sweep}, which one thread calls: an empty group may be one that is
 * about to be joined.
 */
final class Cgroups {
    private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
    private static final int KEY_BYTES = 6;

    private final CgroupMounts mounts;
    /** Groups of runs that are over, with somebody left in them. */
    private final Set<Leaf> left = ConcurrentHashMap.newKeySet();

    Cgroups(CgroupMounts mounts) {
        this.mounts = mounts;
    }

    /** What this machine has for the container with that data folder. */
    static Cgroups of(Path data) {
        return new Cgroups(CgroupMounts.ofThisProcess("lares-" + key(data)));
    }

    private static String key(Path data) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(data.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, KEY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String name(Label label, RunId run) {
        return label + "." + run;
    }

    /** What of the limits cannot be kept to here, each with its reason and remedy. */
    List<String> missing(Limits limits) {
        List<String> missing = new ArrayList<>();
        if (limits.memory().isPresent()) {
            mounts.obstacle("memory")
                    .ifPresent(reason -> missing.add("the memory limit cannot be enforced: " + reason));
        }
        if (limits.cpu().isPresent()) {
            mounts.obstacle("cpu")
                    .ifPresent(reason -> missing.add("the processor limit cannot be enforced: " + reason));
        }
        if (limits.processes().isPresent()) {
            mounts.obstacle("pids")
                    .ifPresent(reason -> missing.add("the limit of processes cannot be enforced: " + reason));
        }
        return missing;
    }

    /**
     * Makes the groups of a run, with what limits can hold before anyone is in them.
     *
     * @param note told what is wanting without hindering the run
     * @return empty if there are none here
     */
    Optional<Leaf> make(Label label, RunId run, Limits limits, Consumer<String> note) throws RefusedException {
        List<String> missing = missing(limits);
        if (!missing.isEmpty() && !limits.advisory()) {
            throw new RefusedException(List.of(missing.get(0)));
        }
        missing.forEach(note);
        Leaf leaf = null;
        try {
            mounts.prepare();
            List<Hierarchy> hierarchies = mounts.used(limits.cpu().isPresent());
            if (hierarchies.isEmpty()) {
                return Optional.empty();
            }
            leaf = new Leaf(name(label, run), hierarchies);
            leaf.make();
            leaf.limit(limits, leaf.joinedByProgram() ? 0 : 1);
            return Optional.of(leaf);
        } catch (IOException e) {
            if (leaf != null) {
                leaf.remove();
            }
            boolean limited = limits.memory().isPresent()
                    || limits.cpu().isPresent()
                    || limits.processes().isPresent();
            if (limited && !limits.advisory()) {
                throw new RefusedException(
                        "its limits could not be set: " + e.getMessage(),
                        "give this container the right to its control group, or make the limits advisory");
            }
            LOG.warn("a run of {} has no control group: {}", label, e.getMessage());
            note.accept(
                    "it has no control group, so that processes which leave its process group are found less surely: "
                            + e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * The groups of a run that a former life of the container started.
     *
     * @param pid of the run's process if it is known: the container's own group may be another one by now
     */
    Optional<Leaf> find(Label label, RunId run, Optional<Long> pid) {
        List<Hierarchy> hierarchies = mounts.used(true);
        if (hierarchies.isEmpty()) {
            return Optional.empty();
        }
        String name = name(label, run);
        Leaf expected = new Leaf(name, hierarchies);
        if (expected.present() || pid.isEmpty()) {
            return Optional.of(expected).filter(Leaf::present);
        }
        List<Hierarchy> elsewhere = mounts.of(ProcStat.controlGroups(pid.get()), name);
        return elsewhere.isEmpty()
                ? Optional.empty()
                : Optional.of(new Leaf(name, elsewhere)).filter(Leaf::present);
    }

    /** The run is over. Its groups go as soon as nobody is in them. */
    void release(Leaf leaf) {
        if (!leaf.remove()) {
            left.add(leaf);
        }
        left.removeIf(Leaf::remove);
    }

    /**
     * Removes groups without members, those of former lives too, and what the container itself has made if nothing is
     * left in it.
     *
     * @param live names of groups to be left alone
     */
    void sweep(Predicate<String> live) {
        for (Hierarchy hierarchy : mounts.used(true)) {
            sweep(hierarchy, live);
        }
        left.removeIf(leaf -> !leaf.present());
        mounts.removeBases();
    }

    private static void sweep(Hierarchy hierarchy, Predicate<String> live) {
        if (!Files.isDirectory(hierarchy.base())) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(hierarchy.base(), Files::isDirectory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!live.test(name)) {
                    // Fails, as it shall, where somebody is in it.
                    new Leaf(name, List.of(hierarchy)).remove();
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("control groups of ended runs could not be looked for: {}", e.toString());
        }
    }
}
