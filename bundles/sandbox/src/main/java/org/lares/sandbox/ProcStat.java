package org.lares.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A reading of {@code /proc/PID/stat} (proc(5)).
 *
 * @param startTicks field 22: clock ticks from boot to its start
 * @param cpu user and system time of it
 * @param waitStatus field 52: of a dead process that nobody has waited for yet; 0 for others, and where the kernel does
 *     not let us see it
 */
public record ProcStat(
        long pid, char state, long parent, long group, long session, long startTicks, Duration cpu, int waitStatus) {
    private static final Path PROC = Path.of("/proc");
    /** USER_HZ, which the kernel promises to programs whatever its own rate is. */
    private static final int TICKS_PER_SECOND = 100;

    private static final int ENVIRONMENT_LIMIT = 4 << 20;
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]*");

    /** Reads it; empty if there is no such process. */
    public static Optional<ProcStat> of(long pid) {
        String text;
        try {
            text = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.of(parse(pid, text));
    }

    static ProcStat parse(long pid, String text) {
        // The name stands in parentheses and may hold any character, these and blanks too.
        String[] fields = text.substring(text.lastIndexOf(')') + 2).strip().split(" ", -1);
        long cpuTicks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return new ProcStat(
                pid,
                fields[0].charAt(0),
                Long.parseLong(fields[1]),
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]),
                Long.parseLong(fields[19]),
                Duration.ofMillis(cpuTicks * 1000 / TICKS_PER_SECOND),
                Integer.parseInt(fields[49]));
    }

    /** Whether it has ended and only waits to be waited for. */
    public boolean dead() {
        return state == 'Z' || state == 'X';
    }

    /** All processes of this moment; those that come or go meanwhile may be missing. */
    static List<ProcStat> all() throws IOException {
        List<ProcStat> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                PROC, entry -> NUMBER.matcher(entry.getFileName().toString()).matches())) {
            for (Path entry : entries) {
                of(Long.parseLong(entry.getFileName().toString())).ifPresent(all::add);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return all;
    }

    /**
     * Whether the kernel shows {@link #waitStatus} to us and not a 0 in its place: to root, and to a user of whom the
     * process is altogether (ptrace(2), "access mode checking").
     */
    boolean showsWaitStatus(long uid) {
        if (uid == 0) {
            return true;
        }
        try (Stream<String> lines = Files.lines(PROC.resolve(Long.toString(pid)).resolve("status"))) {
            String id = Long.toString(uid);
            return lines.filter(line -> line.startsWith("Uid:"))
                    .flatMap(line -> Arrays.stream(
                            line.substring("Uid:".length()).strip().split("\\s+")))
                    .allMatch(id::equals);
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /**
     * The environment a process was started with, as far as it did not overwrite it.
     *
     * @return {@code NAME=value} each; empty if it cannot be read
     */
    static List<String> environment(long pid) {
        Path file = PROC.resolve(Long.toString(pid)).resolve("environ");
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(ENVIRONMENT_LIMIT);
            return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The lines of {@code /proc/PID/cgroup}; empty if it cannot be read. */
    static List<String> controlGroups(long pid) {
        try {
            return Files.readAllLines(PROC.resolve(Long.toString(pid)).resolve("cgroup"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }
}
