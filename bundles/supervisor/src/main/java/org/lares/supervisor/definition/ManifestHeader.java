package org.lares.supervisor.definition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads headers of a manifest (OSGi Core 8, 3.2.4: clauses with attributes and directives). */
final class ManifestHeader {
    private ManifestHeader() {}

    /**
     * The attributes of each clause of that name, each value as a string whatever its type. What is malformed is taken as
     * far as it goes: the framework refuses such a bundle, and what it means is judged elsewhere.
     */
    static List<Map<String, Object>> clauses(String header, String name) {
        List<Map<String, Object>> found = new ArrayList<>();
        for (String clause : split(header, ',')) {
            List<String> parts = split(clause, ';');
            if (!parts.isEmpty() && parts.get(0).strip().equals(name)) {
                found.add(attributes(parts.subList(1, parts.size())));
            }
        }
        return found;
    }

    /** {@code name=value} and {@code name:Type=value}, without the directives {@code name:=value}. */
    private static Map<String, Object> attributes(List<String> parts) {
        Map<String, Object> attributes = new HashMap<>();
        for (String part : parts) {
            int equals = part.indexOf('=');
            if (equals <= 0 || part.charAt(equals - 1) == ':') {
                continue;
            }
            String name = part.substring(0, equals).strip();
            int type = name.indexOf(':');
            attributes.put(type < 0 ? name : name.substring(0, type), unquoted(part.substring(equals + 1)));
        }
        return attributes;
    }

    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static String unquoted(String value) {
        String text = value.strip();
        if (text.length() < 2 || !text.startsWith("\"") || !text.endsWith("\"")) {
            return text;
        }
        return text.substring(1, text.length() - 1).replaceAll("\\\\(.)", "$1");
    }
}
