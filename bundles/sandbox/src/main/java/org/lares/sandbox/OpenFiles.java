package org.lares.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** How many open files a program may be allowed here. */
final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Path MOST = Path.of("/proc/sys/fs/nr_open");
    private static final String LINE = "Max open files";

    private OpenFiles() {}

    /** Why that limit cannot be set; empty if it can. */
    static Optional<String> obstacle(int files, Account container) {
        OptionalLong most = container.root() ? ControlFile.number(MOST) : own();
        if (most.isEmpty() || files <= most.getAsLong()) {
            return Optional.empty();
        }
        return Optional.of("the limit of " + files + " open files is above "
                + (container.root()
                        ? "the kernel's " + most.getAsLong() + "; lower it or raise the sysctl fs.nr_open"
                        : "the container's own " + most.getAsLong()
                                + "; lower it or raise the container's (LimitNOFILE in its unit, ulimit -Hn)"));
    }

    private static OptionalLong own() {
        try {
            for (String line : Files.readAllLines(LIMITS, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(LINE)) {
                    String[] fields = line.substring(LINE.length()).strip().split("\\s+");
                    return fields[1].equals("unlimited")
                            ? OptionalLong.empty()
                            : OptionalLong.of(Long.parseLong(fields[1]));
                }
            }
            return OptionalLong.empty();
        } catch (IOException e) {
            // Then setting it shows whether it can be.
            return OptionalLong.empty();
        }
    }
}
