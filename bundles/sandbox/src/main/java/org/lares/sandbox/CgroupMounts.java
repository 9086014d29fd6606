package org.lares.sandbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What hierarchies of control groups this machine has, and in which of them this container may make groups.
 *
 * <ul>
 *   <li>Version 1, where its memory or pids controller is mounted: all that may be written.
 *   <li>Else version 2, where the container's group is its own to divide: delegated by systemd, or on a machine without
 *       systemd simply writable. Processes and limits cannot be in one group there, so the container moves itself into
 *       the group {@value #CONTAINER} below it, if nobody else is in it. Not under a systemd that would not find it
 *       there (before 254): such a systemd could not start the container again while programs live.
 *   <li>Else none.
 * </ul>
 *
 * <p>{@link #prepare} and {@link #removeBases} are for one thread.
 */
final class CgroupMounts {
    static final String CONTAINER = "container";

    private static final Logger LOG = LoggerFactory.getLogger(CgroupMounts.class);
    private static final Set<String> LIMITING = Set.of("memory", "cpu", "pids");
    private static final Set<String> USED = Set.of("memory", "cpu", "cpuacct", "pids");
    private static final String DELEGATE = "start it by a unit with Delegate=yes and DelegateSubgroup=" + CONTAINER
            + " (systemd 254 or later), or make the limits advisory";

    private final List<Hierarchy> hierarchies = new ArrayList<>();
    private final Map<String, String> obstacles = new LinkedHashMap<>();
    private boolean prepared;
    private boolean moved;

    /**
     * The machine as the kernel shows it.
     *
     * @param self {@code /proc/self}
     * @param systemd whether systemd divides the control groups of this machine
     * @param delegated whether a group was given to this container, where systemd divides them
     */
    record Machine(Path self, boolean systemd, Predicate<Path> delegated) {
        static Machine real() {
            return new Machine(
                    Path.of("/proc/self"), Files.isDirectory(Path.of("/run/systemd/system")), Machine::marked);
        }

        /** systemd.resource-control(5), Delegate: it sets this attribute. */
        private static boolean marked(Path group) {
            UserDefinedFileAttributeView view = Files.getFileAttributeView(group, UserDefinedFileAttributeView.class);
            if (view == null) {
                return false;
            }
            try {
                ByteBuffer value = ByteBuffer.allocate(16);
                int length = view.read("delegate", value);
                return length == 1 && value.get(0) == '1';
            } catch (IOException e) {
                // Not there, or kept from us, which is the same to us.
                return false;
            }
        }
    }

    private record Mount(boolean unified, String root, Path point, Set<String> controllers) {}

    static CgroupMounts ofThisProcess(String base) {
        return of(Machine.real(), base);
    }

    static CgroupMounts of(Machine machine, String base) {
        CgroupMounts found = new CgroupMounts();
        try {
            List<String> groups = Files.readAllLines(machine.self().resolve("cgroup"), StandardCharsets.UTF_8);
            List<Mount> mounts = mounts(machine.self().resolve("mountinfo"));
            found.look(machine, base, groups, mounts);
        } catch (IOException e) {
            LOG.warn("what control groups there are cannot be found out: {}", e.toString());
            LIMITING.forEach(controller -> found.obstacles.put(
                    controller, "/proc cannot be read: " + e.getMessage() + "; mount proc at /proc"));
        }
        return found;
    }

    private static List<Mount> mounts(Path file) throws IOException {
        List<Mount> mounts = new ArrayList<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            int dash = line.indexOf(" - cgroup");
            if (dash < 0) {
                continue;
            }
            String[] fields = line.substring(0, dash).split(" ", -1);
            String[] end = line.substring(dash + 3).split(" ", -1);
            Set<String> options = new TreeSet<>(Arrays.asList(end[2].split(",", -1)));
            mounts.add(new Mount(end[0].equals("cgroup2"), fields[3], Path.of(unescaped(fields[4])), options));
        }
        return mounts;
    }

    private static String unescaped(String path) {
        return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }

    private void look(Machine machine, String base, List<String> groups, List<Mount> mounts) {
        boolean first = mounts.stream()
                .anyMatch(mount -> !mount.unified()
                        && (mount.controllers().contains("memory")
                                || mount.controllers().contains("pids")));
        if (first) {
            firstVersion(base, groups, mounts);
        }
        if (hierarchies.isEmpty()) {
            mounts.stream()
                    .filter(Mount::unified)
                    .findFirst()
                    .ifPresent(mount -> secondVersion(machine, base, groups, mount));
        }
        for (String controller : LIMITING) {
            if (hierarchies.stream().noneMatch(hierarchy -> hierarchy.has(controller))) {
                obstacles.putIfAbsent(
                        controller,
                        mounts.isEmpty()
                                ? "no control groups are mounted; mount cgroup2 at /sys/fs/cgroup"
                                : "the kernel's controller " + controller
                                        + " is not to be had here; boot with version 2 of control groups"
                                        + " (systemd.unified_cgroup_hierarchy=1), or make the limits advisory");
            }
        }
    }

    /** The group of this process, as a path in that mount; empty if it is outside of what is mounted. */
    private static Optional<Path> own(List<String> groups, Mount mount, Predicate<String[]> matches) {
        return groups.stream()
                .map(line -> line.split(":", 3))
                .filter(fields -> fields.length == 3 && matches.test(fields))
                .map(fields -> fields[2])
                .findFirst()
                .flatMap(path -> below(mount, path));
    }

    private static Optional<Path> below(Mount mount, String path) {
        Path root = Path.of(mount.root());
        Path group = Path.of(path);
        return group.startsWith(root)
                ? Optional.of(mount.point().resolve(root.relativize(group).toString()))
                : Optional.empty();
    }

    private void firstVersion(String base, List<String> groups, List<Mount> mounts) {
        for (Mount mount : mounts) {
            Set<String> controllers =
                    mount.controllers().stream().filter(USED::contains).collect(Collectors.toSet());
            if (mount.unified() || controllers.isEmpty()) {
                continue;
            }
            Optional<Path> own = own(groups, mount, fields -> Arrays.asList(fields[1].split(",", -1))
                    .containsAll(controllers));
            if (own.isPresent() && Files.isWritable(own.get())) {
                Hierarchy hierarchy = new Hierarchy(false, own.get(), own.get().resolve(base), controllers);
                // Its members cannot multiply while they are ended, so it is the one to ask.
                hierarchies.add(hierarchy.has("pids") ? 0 : hierarchies.size(), hierarchy);
            } else {
                String reason = own.isPresent()
                        ? "user " + System.getProperty("user.name") + " may not make groups in " + own.get()
                                + "; have it handed over by chown, or run the container as root"
                        : "the group of this container is not mounted in " + mount.point()
                                + "; mount it, or run the container outside";
                controllers.forEach(controller -> obstacles.putIfAbsent(controller, reason));
            }
        }
    }

    private void secondVersion(Machine machine, String base, List<String> groups, Mount mount) {
        Optional<Path> current = own(groups, mount, fields -> fields[1].isEmpty());
        if (current.isEmpty()) {
            refuse("the group of this container is not mounted in " + mount.point() + "; mount it");
            return;
        }
        Path here = current.get();
        boolean inside = here.endsWith(CONTAINER) && mine(machine, here.getParent());
        Path own = inside ? here.getParent() : here;
        if (!inside && !mine(machine, own)) {
            refuse("the control group " + own + " is not this container's to divide; " + DELEGATE);
            return;
        }
        Set<String> controllers = Set.of();
        try {
            Set<String> offered = new TreeSet<>(Arrays.asList(
                    ControlFile.read(own.resolve("cgroup.controllers")).strip().split(" ", -1)));
            offered.retainAll(LIMITING);
            // The kernel's root group may have processes beside groups; it is the one without a type.
            boolean root = !Files.exists(own.resolve("cgroup.type"));
            if (offered.isEmpty() || inside || root) {
                controllers = offered;
            } else if (machine.systemd()) {
                refuse("the control group " + own + " has processes in it, so that it cannot have limits below it; "
                        + DELEGATE);
            } else if (alone(own)) {
                controllers = offered;
                moved = true;
            } else {
                refuse("the control group " + own
                        + " has other processes than this container in it; start the container"
                        + " in a group of its own, or make the limits advisory");
            }
        } catch (IOException e) {
            refuse("the control group " + own + " cannot be read: " + e.getMessage()
                    + "; give this container the right");
        }
        hierarchies.add(new Hierarchy(true, own, own.resolve(base), controllers));
    }

    private void refuse(String reason) {
        LIMITING.forEach(controller -> obstacles.putIfAbsent(controller, reason));
    }

    private static boolean mine(Machine machine, Path group) {
        return Files.isWritable(group)
                && Files.isWritable(group.resolve("cgroup.procs"))
                && (!machine.systemd() || machine.delegated().test(group));
    }

    private static boolean alone(Path group) throws IOException {
        String self = Long.toString(ProcessHandle.current().pid());
        return ControlFile.read(group.resolve("cgroup.procs"))
                .lines()
                .map(String::strip)
                .allMatch(line -> line.isEmpty() || line.equals(self));
    }

    /** Why groups cannot have that controller; empty if they can. */
    Optional<String> obstacle(String controller) {
        return hierarchies.stream().anyMatch(hierarchy -> hierarchy.has(controller))
                ? Optional.empty()
                : Optional.of(obstacles.get(controller));
    }

    /**
     * The hierarchies in which a run gets groups; the first is the one whose members are asked for.
     *
     * @param cpu whether that one too which only limits processors
     */
    List<Hierarchy> used(boolean cpu) {
        return hierarchies.stream()
                .filter(hierarchy ->
                        cpu || hierarchy.unified() || !hierarchy.controllers().equals(Set.of("cpu")))
                .toList();
    }

    /** The same hierarchies, with the bases that a process' group of that name has, wherever that is. */
    List<Hierarchy> of(List<String> groups, String name) {
        List<Hierarchy> found = new ArrayList<>();
        for (Hierarchy hierarchy : hierarchies) {
            String base = hierarchy.base().getFileName().toString();
            groups.stream()
                    .map(line -> line.split(":", 3))
                    .filter(fields -> fields.length == 3 && fields[2].endsWith("/" + base + "/" + name))
                    .filter(fields -> hierarchy.unified()
                            ? fields[1].isEmpty()
                            : Arrays.asList(fields[1].split(",", -1)).containsAll(hierarchy.controllers()))
                    .findFirst()
                    .map(fields -> Path.of(fields[2]).getParent())
                    .flatMap(path -> elsewhere(hierarchy, path))
                    .ifPresent(found::add);
        }
        return found;
    }

    private static Optional<Hierarchy> elsewhere(Hierarchy hierarchy, Path path) {
        // The mount is the part of the container's own path that the other one is found below.
        for (Path point = hierarchy.own(); point != null; point = point.getParent()) {
            Path candidate = point.resolve(path.toString().substring(1));
            if (Files.isDirectory(candidate)) {
                return Optional.of(
                        new Hierarchy(hierarchy.unified(), hierarchy.own(), candidate, hierarchy.controllers()));
            }
        }
        return Optional.empty();
    }

    /** Makes the groups below the container's own able to have limits; version 2 only. */
    void prepare() throws IOException {
        if (prepared || hierarchies.isEmpty() || !hierarchies.get(0).unified()) {
            return;
        }
        Hierarchy hierarchy = hierarchies.get(0);
        if (moved) {
            Path container = hierarchy.own().resolve(CONTAINER);
            Files.createDirectories(container);
            ControlFile.write(
                    container.resolve("cgroup.procs"),
                    Long.toString(ProcessHandle.current().pid()));
        }
        Files.createDirectories(hierarchy.base());
        if (!hierarchy.controllers().isEmpty()) {
            String all = enabling(hierarchy, "+");
            ControlFile.write(hierarchy.own().resolve("cgroup.subtree_control"), all);
            ControlFile.write(hierarchy.base().resolve("cgroup.subtree_control"), all);
        }
        prepared = true;
    }

    private static String enabling(Hierarchy hierarchy, String sign) {
        return hierarchy.controllers().stream()
                .sorted()
                .map(controller -> sign + controller)
                .collect(Collectors.joining(" "));
    }

    /** Undoes {@link #prepare} and the making of bases, where nobody is left in them. */
    void removeBases() {
        boolean gone = true;
        for (Hierarchy hierarchy : hierarchies) {
            try {
                Files.deleteIfExists(hierarchy.base());
            } catch (IOException e) {
                // Runs go on in it.
                gone = false;
            }
        }
        if (!gone || !prepared) {
            return;
        }
        prepared = false;
        if (moved) {
            Hierarchy hierarchy = hierarchies.get(0);
            try {
                ControlFile.write(hierarchy.own().resolve("cgroup.subtree_control"), enabling(hierarchy, "-"));
                ControlFile.write(
                        hierarchy.own().resolve("cgroup.procs"),
                        Long.toString(ProcessHandle.current().pid()));
                Files.delete(hierarchy.own().resolve(CONTAINER));
            } catch (IOException e) {
                LOG.warn("the container's own control group could not be left as it was found: {}", e.getMessage());
            }
        }
    }
}
