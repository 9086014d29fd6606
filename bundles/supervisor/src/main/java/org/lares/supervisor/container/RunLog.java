package org.lares.supervisor.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.lares.host.run.LogText;
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
        append(LogText.LIFECYCLE, text);
    }

    /** @param text may have several lines */
    synchronized void append(String level, String text) {
        byte[] line = LogText.line(level, text).getBytes(StandardCharsets.UTF_8);
        try {
            // Opened for each write: the supervisor may rotate the file away between two of them.
            Files.write(
                    file,
                    line,
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
