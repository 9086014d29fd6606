package org.lares.supervisor.definition;

/** Text from a definition, fit to be shown in a message: one line, no control characters, not long. */
final class Quote {
    private static final int MOST = 120;

    private Quote() {}

    static String shorten(String text) {
        int end = Math.min(text.length(), MOST);
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder shown = new StringBuilder(end + 3);
        text.substring(0, end)
                .codePoints()
                .forEach(c -> shown.appendCodePoint(
                        Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c));
        return end < text.length() ? shown + "..." : shown.toString();
    }

    static String of(String text) {
        return "\"" + shorten(text) + "\"";
    }
}
