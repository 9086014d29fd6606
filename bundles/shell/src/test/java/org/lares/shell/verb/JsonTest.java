package org.lares.shell.verb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.shell.FakeJobControl;

/** docs/json.md and what is printed say the same, field by field; and what is printed is JSON. */
class JsonTest {
    private static final Path PAGE = Path.of("../../docs/json.md");
    private static final Pattern ROW = Pattern.compile("^(?:### (\\w+)|\\| `(\\w+)` \\|).*");

    private static final Map<String, String> OBJECTS = Map.ofEntries(
            Map.entry("jobs", "Job"),
            Map.entry("runs", "Run"),
            Map.entry("run", "LiveRun"),
            Map.entry("last", "Run"),
            Map.entry("lastReason", "Reason"),
            Map.entry("pending", "Reason"),
            Map.entry("reason", "Reason"),
            Map.entry("end", "End"),
            Map.entry("usage", "Usage"),
            Map.entry("spec", "Spec"),
            Map.entry("origin", "Origin"),
            Map.entry("program", "Program"),
            Map.entry("bundle", "Bundle"),
            Map.entry("policy", "Policy"),
            Map.entry("keepAlive", "KeepAlive"),
            Map.entry("backOff", "BackOff"),
            Map.entry("giveUp", "GiveUp"),
            Map.entry("limits", "Limits"),
            Map.entry("remarks", "Remark"),
            Map.entry("files", "File"),
            Map.entry("refused", "File"));

    /** Their keys are names, not fields. */
    private static final Set<String> FREE = Set.of(
            "environment", "softLimits", "hardLimits", "pathState", "otherJobEnabled", "otherJobActive", "overlaid");

    private final Map<String, Set<String>> seen = new TreeMap<>();

    @Test
    void shouldBeAsDocumented(@TempDir Path folder) throws IOException {
        FakeJobControl jobs = FakeJobControl.household();
        jobs.logs = List.of(Files.writeString(folder.resolve("log"), "\"line\"\n"));
        jobs.verifications = List.of(new Verification(
                "/a", Optional.empty(), List.of(new Remark(Remark.Severity.ERROR, "/a", 0, "", "bad", "mend it"))));
        see("Domain", jobs, "list", "--json");
        see("Domain", jobs, "print", "--json", "system");
        see("Job", jobs, "print", "--json", "com.acme.clock");
        see("Job", jobs, "print", "--json", "org.lares.example.bundle");
        see("Bootstrapped", jobs, "bootstrap", "--json", "system", "/a");
        see("Kickstarted", jobs, "kickstart", "--json", "zeta");
        see("Blame", jobs, "blame", "--json", "com.acme.clock");
        see("Explanation", jobs, "explain", "--json", "zeta");
        see("History", jobs, "history", "--json", "com.acme.clock");
        see("LogLine", jobs, "log", "--json", "zeta");
        see("Verified", jobs, "verify", "--json", "/a");
        see("Version", jobs, "version", "--json");
        assertEquals(text(documented()), text(seen));
    }

    private static String text(Map<String, Set<String>> objects) {
        StringBuilder text = new StringBuilder();
        objects.forEach(
                (name, fields) -> text.append(name).append(' ').append(fields).append('\n'));
        return text.toString();
    }

    private static Map<String, Set<String>> documented() throws IOException {
        Map<String, Set<String>> objects = new TreeMap<>();
        Set<String> fields = new LinkedHashSet<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && row.group(1) != null) {
                fields = new LinkedHashSet<>();
                objects.put(row.group(1), fields);
            } else if (row.matches()) {
                fields.add(row.group(2));
            }
        }
        return objects;
    }

    private void see(String object, FakeJobControl jobs, String... args) throws IOException {
        see(object, new Reader(Call.root(jobs, args).out()).read());
    }

    private void see(String object, Object value) {
        if (value instanceof List<?> list) {
            list.forEach(item -> see(object, item));
        } else if (value instanceof Map<?, ?> map && !FREE.contains(object)) {
            Set<String> fields = new LinkedHashSet<>();
            map.forEach((key, field) -> {
                fields.add((String) key);
                see(OBJECTS.getOrDefault(key, (String) key), field);
            });
            Set<String> before = seen.putIfAbsent(object, fields);
            if (before != null) {
                assertEquals(before, fields, object);
            }
        }
    }

    /** Reads JSON (RFC 8259) strictly. */
    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        Object read() {
            Object value = value();
            space();
            assertEquals(text.length(), at, "something follows the value");
            return value;
        }

        private void space() {
            while (at < text.length() && " \n\r\t".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private boolean take(char c) {
            space();
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }

        private void expect(char c) {
            if (!take(c)) {
                throw new IllegalArgumentException("no " + c + " at " + at + " of " + text);
            }
        }

        private Object value() {
            space();
            char c = text.charAt(at);
            if (c == '{') {
                return object();
            }
            if (c == '[') {
                return list();
            }
            if (c == '"') {
                return string();
            }
            Matcher word = Pattern.compile("true|false|null|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?")
                    .matcher(text)
                    .region(at, text.length());
            if (!word.lookingAt()) {
                throw new IllegalArgumentException("no value at " + at + " of " + text);
            }
            at = word.end();
            return word.group();
        }

        private Map<String, Object> object() {
            Map<String, Object> map = new LinkedHashMap<>();
            expect('{');
            while (!take('}')) {
                if (!map.isEmpty()) {
                    expect(',');
                }
                space();
                String key = string();
                expect(':');
                map.put(key, value());
            }
            return map;
        }

        private List<Object> list() {
            List<Object> list = new ArrayList<>();
            expect('[');
            while (!take(']')) {
                if (!list.isEmpty()) {
                    expect(',');
                }
                list.add(value());
            }
            return list;
        }

        private String string() {
            Matcher string = Pattern.compile("\"(?:[^\"\\\\\\x00-\\x1f]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-f]{4})*\"")
                    .matcher(text)
                    .region(at, text.length());
            if (!string.lookingAt()) {
                throw new IllegalArgumentException("no string at " + at + " of " + text);
            }
            at = string.end();
            return string.group().substring(1, string.group().length() - 1);
        }
    }
}
