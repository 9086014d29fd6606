package org.lares.shell.view;

import java.util.List;
import java.util.Map;

/**
 * Writes the plain data model (null, Boolean, Long, Integer, finite Double, String, List, Map with keys of String) as JSON (RFC 8259):
 * two spaces a level, keys in the order of the map. Control characters and everything a terminal could obey are escaped.
 */
public final class Json {
    private Json() {}

    /** @throws IllegalArgumentException if the value is outside of the model */
    public static String pretty(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, 0, true);
        return out.append('\n').toString();
    }

    /** On one line, without a line end. */
    public static String line(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, 0, false);
        return out.toString();
    }

    private static void write(StringBuilder out, Object value, int depth, boolean pretty) {
        if (value == null || value instanceof Boolean || value instanceof Long || value instanceof Integer) {
            out.append(value);
        } else if (value instanceof Double number && Double.isFinite(number)) {
            out.append(value);
        } else if (value instanceof String text) {
            string(out, text);
        } else if (value instanceof List<?> list) {
            out.append('[');
            String separator = "";
            for (Object item : list) {
                out.append(separator);
                newLine(out, depth + 1, pretty);
                write(out, item, depth + 1, pretty);
                separator = ",";
            }
            close(out, ']', list.isEmpty(), depth, pretty);
        } else if (value instanceof Map<?, ?> map) {
            out.append('{');
            String separator = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(separator);
                newLine(out, depth + 1, pretty);
                string(out, (String) entry.getKey());
                out.append(pretty ? ": " : ":");
                write(out, entry.getValue(), depth + 1, pretty);
                separator = ",";
            }
            close(out, '}', map.isEmpty(), depth, pretty);
        } else {
            throw new IllegalArgumentException("not in the data model: " + value.getClass());
        }
    }

    private static void close(StringBuilder out, char bracket, boolean empty, int depth, boolean pretty) {
        if (!empty) {
            newLine(out, depth, pretty);
        }
        out.append(bracket);
    }

    private static void newLine(StringBuilder out, int depth, boolean pretty) {
        if (pretty) {
            out.append('\n').append("  ".repeat(depth));
        }
    }

    private static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c >= 0x7f) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
