package org.lares.host.log;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * Standard output as the log of the run: entries with a time and a level, each handed to the kernel in one write. Any
 * thread may write. An entry that cannot be written (a full disk) is lost and costs the job nothing.
 *
 * <p>It writes to the descriptor, not to {@link System#out}, which the job may replace, and which has a buffer of its own.
 */
public final class RunOutput {
    private static final FileOutputStream STANDARD = new FileOutputStream(FileDescriptor.out);
    private static final Object LOCK = new Object();

    private static volatile Severity threshold = Severity.INFO;

    private RunOutput() {}

    /** How much an entry matters, most first. */
    enum Severity {
        ERROR("error"),
        WARN("warn"),
        INFO("info"),
        DEBUG("debug"),
        TRACE("trace");

        final String word;

        Severity(String word) {
            this.word = word;
        }
    }

    /**
     * What matters less is not written; {@code info} if never called.
     *
     * @throws IllegalArgumentException if there is no such level
     */
    public static void threshold(String level) {
        for (Severity each : Severity.values()) {
            if (each.word.equalsIgnoreCase(level)) {
                threshold = each;
                return;
            }
        }
        throw new IllegalArgumentException(
                "log level " + level + ": there is none of this name; use error, warn, info, debug or trace");
    }

    static boolean isWritten(Severity severity) {
        return severity.compareTo(threshold) <= 0;
    }

    static void entry(Severity severity, String message, Throwable thrown) {
        if (isWritten(severity)) {
            append(severity.word, message, thrown);
        }
    }

    /**
     * Writes an entry, whatever the threshold.
     *
     * @param level {@code job} for what happens to the run itself
     * @param text may have several lines; null is written as such
     * @param thrown its stack follows; may be null
     */
    public static void append(String level, String text, Throwable thrown) {
        String said = Objects.toString(text);
        if (thrown != null) {
            StringWriter stack = new StringWriter();
            thrown.printStackTrace(new PrintWriter(stack));
            said = said + "\n" + stack;
        }
        StringBuilder line = new StringBuilder(said.length() + 48);
        time(line, Instant.now());
        line.append(' ').append(level).append(' ').append(said.stripTrailing()).append('\n');
        byte[] bytes = line.toString().getBytes(StandardCharsets.UTF_8);
        synchronized (LOCK) {
            try {
                STANDARD.write(bytes);
            } catch (IOException e) {
                // The log is what could not be written: there is nowhere to say so. The next entry is tried again.
            }
        }
    }

    /**
     * As DateTimeFormatter.ISO_OFFSET_DATE_TIME writes milliseconds, whose classes cost a start more than all else that
     * an entry needs.
     */
    static void time(StringBuilder to, Instant now) {
        ZoneOffset offset = ZoneId.systemDefault().getRules().getOffset(now);
        LocalDateTime at = LocalDateTime.ofEpochSecond(now.getEpochSecond(), now.getNano(), offset);
        to.append(at.getYear());
        two(to.append('-'), at.getMonthValue());
        two(to.append('-'), at.getDayOfMonth());
        two(to.append('T'), at.getHour());
        two(to.append(':'), at.getMinute());
        two(to.append(':'), at.getSecond());
        int milliseconds = at.getNano() / 1_000_000;
        if (milliseconds > 0) {
            to.append('.').append((char) ('0' + milliseconds / 100));
            if (milliseconds % 100 > 0) {
                to.append((char) ('0' + milliseconds / 10 % 10));
            }
            if (milliseconds % 10 > 0) {
                to.append((char) ('0' + milliseconds % 10));
            }
        }
        to.append(offset.getId());
    }

    private static void two(StringBuilder to, int number) {
        if (number < 10) {
            to.append('0');
        }
        to.append(number);
    }
}
