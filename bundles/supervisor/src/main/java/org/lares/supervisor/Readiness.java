package org.lares.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whoever started the container that it is ready, or why it will not be: one line into the file or FIFO named by the
 * framework property {@code org.lares.ready}. Once. The launcher passes it on to systemd where that one waits.
 */
final class Readiness {
    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    private final String file;
    private boolean told;

    /** @param file may be null: nobody waits */
    Readiness(String file) {
        this.file = file;
    }

    synchronized void ready(String line) {
        tell("ready: " + line);
    }

    synchronized void failed(String reason) {
        tell("failed: " + reason);
    }

    private void tell(String line) {
        if (told || file == null || file.isEmpty()) {
            return;
        }
        told = true;
        try {
            // Not CREATE: whoever waits has made it; if that one is gone, so is the need to tell.
            Files.writeString(Path.of(file), line + "\n", StandardOpenOption.WRITE);
        } catch (IOException e) {
            LOG.warn("cannot tell the launcher through {}: {}", file, e.toString());
        }
    }
}
