package org.lares.supervisor.definition;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a definition is judged against: the container's user and the machine it is on. The functions may be called from
 * any thread that reads definitions, and may read the disk.
 *
 * @param uid the container's effective user
 * @param user what that user is to the container, by name or number
 * @param group what that group is to the container, by name or number
 * @param hardLimits the container's own hard limits that are limited, by launchd's names
 * @param program why a program cannot be executed, without its path; empty if it can
 */
public record Surroundings(
        long uid,
        Function<String, Account> user,
        Function<String, Account> group,
        Map<String, Long> hardLimits,
        Function<Path, Optional<String>> program) {

    private static final Map<String, String> LIMITS = Map.of(
            "Max core file size", "Core",
            "Max cpu time", "CPU",
            "Max data size", "Data",
            "Max file size", "FileSize",
            "Max locked memory", "MemoryLock",
            "Max open files", "NumberOfFiles",
            "Max processes", "NumberOfProcesses",
            "Max resident set", "ResidentSetSize",
            "Max stack size", "Stack");

    public Surroundings {
        hardLimits = Map.copyOf(hardLimits);
    }

    /** A user or a group, seen from the container. */
    public enum Account {
        OWN,
        OTHER,
        UNKNOWN
    }

    public boolean root() {
        return uid == 0;
    }

    /**
     * Of this process, with the machine's own user data base.
     *
     * @throws IOException if there is no {@code /proc}
     */
    public static Surroundings ofThisProcess() throws IOException {
        Path self = Path.of("/proc/self");
        PosixFileAttributes own = Files.readAttributes(self, PosixFileAttributes.class);
        UserPrincipalLookupService accounts = self.getFileSystem().getUserPrincipalLookupService();
        return new Surroundings(
                ((Number) Files.getAttribute(self, "unix:uid")).longValue(),
                name -> account(accounts::lookupPrincipalByName, name, own.owner()),
                name -> account(accounts::lookupPrincipalByGroupName, name, own.group()),
                limits(Files.readAllLines(self.resolve("limits"))),
                Surroundings::obstacle);
    }

    /** Of {@code /proc/PID/limits}: the name, the soft limit, the hard limit, the unit. */
    static Map<String, Long> limits(List<String> lines) {
        Map<String, Long> limits = new HashMap<>();
        LIMITS.forEach((kernels, launchds) -> lines.stream()
                .filter(line -> line.startsWith(kernels + " "))
                .map(line -> line.substring(kernels.length()).strip().split("\\s+", -1))
                .filter(values -> values.length > 1 && values[1].matches("[0-9]{1,18}"))
                .forEach(values -> limits.put(launchds, Long.parseLong(values[1]))));
        return limits;
    }

    private interface Lookup {
        UserPrincipal find(String name) throws IOException;
    }

    private static Account account(Lookup lookup, String name, UserPrincipal own) {
        try {
            return lookup.find(name).equals(own) ? Account.OWN : Account.OTHER;
        } catch (UserPrincipalNotFoundException e) {
            return Account.UNKNOWN;
        } catch (IOException e) {
            // The data base cannot be asked; whether the user is there shows when the job starts.
            return Account.OTHER;
        }
    }

    private static Optional<String> obstacle(Path program) {
        if (!Files.exists(program)) {
            return Optional.of("does not exist");
        }
        if (!Files.isRegularFile(program)) {
            return Optional.of("is no file");
        }
        return Files.isExecutable(program) ? Optional.empty() : Optional.of("is not executable");
    }
}
