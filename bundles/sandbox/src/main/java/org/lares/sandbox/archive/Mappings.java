package org.lares.sandbox.archive;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files that a process has mapped, by the kernel's word (proc(5), maps). */
final class Mappings {
    private static final Logger LOG = LoggerFactory.getLogger(Mappings.class);

    private Mappings() {}

    /** Empty if the process ended meanwhile. */
    static Optional<Boolean> has(long pid, Path file) {
        Path maps = Path.of("/proc", Long.toString(pid), "maps");
        String name = file.getFileName().toString();
        try (Stream<String> lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
            List<String> files = lines.filter(it -> it.indexOf('/') >= 0).toList();
            // A zombie's is empty.
            return files.isEmpty()
                    ? Optional.empty()
                    : Optional.of(files.stream().anyMatch(it -> it.contains(name)));
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("process {} has no mappings to look at: {}", pid, e.getMessage());
            return Optional.empty();
        }
    }
}
