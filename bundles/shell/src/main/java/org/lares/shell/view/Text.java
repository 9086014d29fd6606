package org.lares.shell.view;

/**
 * Makes text of strangers harmless for a terminal. What a job writes (its output, messages of its exceptions, its
 * arguments) reaches a person's terminal only through here.
 */
public final class Text {
    private Text() {}

    /** Escapes everything a terminal could obey or be fooled by, but keeps line ends and tabs. */
    public static String plain(CharSequence text) {
        return escape(text, true);
    }

    /** As {@link #plain}, and escapes line ends and tabs too, so that nobody can forge a line or a column. */
    public static String oneLine(CharSequence text) {
        return escape(text, false);
    }

    private static String escape(CharSequence text, boolean lines) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair || harmless(c, lines)) {
                if (out != null) {
                    out.append(c);
                    if (pair) {
                        out.append(text.charAt(i + 1));
                    }
                }
                i += pair ? 1 : 0;
                continue;
            }
            if (out == null) {
                out = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default ->
                    out.append(c < 0x100 ? String.format("\\x%02x", (int) c) : String.format("\\u%04x", (int) c));
            }
        }
        return out == null ? text.toString() : out.toString();
    }

    private static boolean harmless(char c, boolean lines) {
        if (c >= ' ' && c < 0x7f) {
            return true;
        }
        if (c == '\n' || c == '\t') {
            return lines;
        }
        return switch (Character.getType(c)) {
            // FORMAT holds the marks that turn the direction of text around
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
