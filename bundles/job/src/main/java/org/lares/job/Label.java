package org.lares.job;

import java.util.regex.Pattern;

/**
 * The identity of a job, unique in its domain (launchd.plist(5): Label). By convention reverse-DNS.
 *
 * @param value 1 to 200 characters of {@code A-Z a-z 0-9 . _ -}, not starting with {@code .} or {@code -}, so that a
 *     label is always safe as a file name
 */
public record Label(String value) implements Comparable<Label> {
    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");

    /** @throws IllegalArgumentException if the value is not a label; the message says why */
    public Label {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not a label: \"" + value
                    + "\"; use 1 to 200 of A-Z a-z 0-9 . _ - and start with a letter, a digit or _");
        }
    }

    public static Label of(String value) {
        return new Label(value);
    }

    public static boolean isValid(String value) {
        return value != null && ALLOWED.matcher(value).matches();
    }

    @Override
    public int compareTo(Label other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
