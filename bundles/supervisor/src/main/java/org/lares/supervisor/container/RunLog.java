package org.lares.supervisor.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one run: lines with a time, appended. Any thread may write; a log that cannot be written is said once in the
 * container's log and costs the run nothing.
 */
final class RunLog {
    private static final Logger LOG = LoggerFactory.getLogger(RunLog.class);

    private final Path file;
    private boolean broken;

    RunLog(Path file) {
        this.file = file;
    }

    void lifecycle(String text) {
        append("job", text);
    }

    /** @param text may have several lines */
    synchronized void append(String level, String text) {
        String line = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                        Instant.now().truncatedTo(ChronoUnit.MILLIS).atZone(ZoneId.systemDefault()))
                + " " + level + " " + text.stripTrailing() + "\n";
        try {
            // Opened for each write: the supervisor may rotate the file away between two of them.
            Files.write(
                    file,
                    line.getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND);
            broken = false;
        } catch (IOException e) {
            if (!broken) {
                LOG.warn("cannot write the log {}: {}; its lines are lost until it can be written", file, e.toString());
                broken = true;
            }
        }
    }
}
