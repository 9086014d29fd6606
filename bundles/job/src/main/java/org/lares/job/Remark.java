package org.lares.job;

import java.util.Objects;

/**
 * Something to say about a definition, with its place.
 *
 * @param where the file or the bundle
 * @param line 1-based; 0 where there are no lines
 * @param key path of the key, such as {@code KeepAlive.SuccessfulExit}; empty for the whole
 * @param message what is so, as a sentence without a final stop
 * @param remedy what to do; may be empty for a {@link Severity#NOTE}
 */
public record Remark(Severity severity, String where, int line, String key, String message, String remedy) {

    /** How grave a remark is. */
    public enum Severity {
        /** The definition is refused. */
        ERROR,
        /** The definition is taken, but this is not honoured, or honoured with a difference. */
        NOTE
    }

    public Remark {
        Objects.requireNonNull(severity, "severity");
        if (line < 0) {
            throw new IllegalArgumentException("line " + line);
        }
    }

    /** {@code file:line: key: message; remedy}, leaving out what is unknown. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(where);
        if (line > 0) {
            text.append(':').append(line);
        }
        text.append(": ");
        if (!key.isEmpty()) {
            text.append(key).append(": ");
        }
        text.append(message);
        if (!remedy.isEmpty()) {
            text.append("; ").append(remedy);
        }
        return text.toString();
    }
}
