package org.lares.host.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/**
 * Made by {@link LogManager} when java.util.logging is used for the first time, named to it by the system property
 * {@code java.util.logging.config.class}; so that a job that never uses it does not pay for it.
 */
public final class JulConfiguration {
    static final String PROPERTY = "java.util.logging.config.class";

    public JulConfiguration() throws IOException {
        String text = "handlers=" + JulHandler.class.getName() + "\n.level=INFO\n";
        LogManager.getLogManager()
                .readConfiguration(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
