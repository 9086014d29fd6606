package org.lares.supervisor.definition;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.lares.supervisor.definition.Key.Standing;

/** Writes docs/job-file.md from the key table. */
final class JobFileDocument {
    private static final String START =
            """
            <!-- Generated from the key table by JobFileDocumentTest (-Drewrite=true); do not edit. -->
            # The job file

            A job is defined by a launchd property list, XML or binary, in `etc/launchd/daemons/` or named to `bootstrap`; or by
            the bundle that is the job. Keys are launchd's, under their own names and with their own meaning. This page lists
            all of them: what is honoured, what differs, what is refused, and what is not there yet. Nothing is ignored in
            silence: what a definition asks for and does not get, `verify`, `bootstrap` and `print` say, with the line.

            ```xml
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0">
            <dict>
              <key>Label</key>
              <string>com.acme.clock</string>
              <key>ProgramArguments</key>
              <array>
                <string>/usr/local/bin/clock</string>
                <string>--utc</string>
              </array>
              <key>KeepAlive</key>
              <dict>
                <key>SuccessfulExit</key>
                <false/>
              </dict>
              <key>ThrottleInterval</key>
              <integer>5</integer>
            </dict>
            </plist>
            ```

            ## What is taken

            - A plain file (no symbolic link, pipe or device) of at most {bytes} bytes, with at most {values} values, at most {depth} levels deep.
            - The file and the folder it lies in belong to root or to the container's user, and nobody else can write them: else
              `chmod go-w FILE`, `chown`. (A folder with the sticky bit, such as /tmp, may be writable.)
            - XML in UTF-8, with Apple's document type or none; entities are not read. Binary as `plutil -convert binary1` writes it.
            - A label is defined once; of two files in one folder the later by name is refused.

            ## What is said

            `file:line: key: message; remedy`, one line each, all at once, in the order of lines. Binary lists have no lines. An
            **error** refuses the whole definition: nothing of it is loaded. A **note** says what will not be honoured, or
            differs; the job is loaded. A key that is given its default is never remarked.

            Errors are: an unknown key, a key given twice, a value of the wrong type or out of range, a missing `Label`, none of
            `Program`, `ProgramArguments` and `Bundle`, a user, group, priority or limit that the container cannot set, and the keys below that refuse the
            list. Notes are also: a program, bundle or user that is not there (every start will fail until it is), a placeholder `${...}`
            that nothing fills in, a variable that is no string.

            ## Classes

            | Class | Meaning |
            |---|---|
            | honoured | as launchd does |
            | differs | done, but not quite as launchd does: the difference is stated, and noted when used |
            | refused | not done. Where it says *refuses the list*, using it is an error, since the job would run in a way that its author excluded; else it is noted and the job runs without |
            | not yet | not done before the issue named; noted, or an error where it says *refuses the list* |

            A star stands for names that the author of the list chooses. Keys marked ° are not in launchd.plist(5) but in launchd 842.
            """;

    private static final String END =
            """

            ## A bundle's capability

            A bundle that is a job says so with `Provide-Capability: org.lares.job;...` in its manifest, which the annotations
            write. Its attributes:

            | attribute | type | |
            |---|---|---|
            | `label` | string, required | as `Label` |
            | `kind` | string, required | `daemon`; not yet `agent`, `login-item` (issue "Users and sessions") and `xpc-service` (issue "Messages"): they refuse the definition |
            | `definition` | string | path, inside the bundle, of a property list with what no attribute can carry, such as a `KeepAlive` with conditions |
            {attributes}
            Numbers and booleans may come as strings (`RunAtLoad=true`, `ThrottleInterval:Long=5`); an empty string, and 0 for
            {zeros}, say nothing. What is said both in the
            capability and in the list must be equal. Keys about how a program is run are errors in a bundle's list: {keys}.

            ## A list that names a bundle

            With `Bundle` a property list of its own makes a bundle a job, in a process of its own: the bundle never enters the
            container's framework. Its `Isolation` is `Process`; `Container` is refused. If the bundle is a file and carries a
            definition itself, that holds for all keys that the list does not give; `Label` and `Isolation` are the list's
            alone. Of `mvn:` URLs the bundle's own definition is not read. A file that is not there yet is noted.

            ```xml
            <key>Label</key>
            <string>com.acme.clock</string>
            <key>Bundle</key>
            <string>/srv/acme/com.acme.clock.jar</string>
            <key>Limits</key>
            <dict>
              <key>Memory</key>
              <string>256M</string>
            </dict>
            ```

            `verify` takes a bundle's jar too: it says what the definition inside of it would be if the bundle were installed.

            ## What the administrator says

            The configuration `org.lares.job~LABEL` of the container's Configuration Admin, which is the file
            `etc/org.lares.job~LABEL.cfg`, wins over the definition, key by key, at once; the run that is live goes on as it was
            started, the next one is there:

            ```
            config:edit org.lares.job~com.acme.clock
            config:property-set Isolation Process
            config:property-set Limits.Memory 256M
            config:update
            ```

            Numbers and booleans may be strings, as in a capability; `JavaOptions` may be one string, its options separated by
            blanks. An empty value, and 0 for {zeros}, takes a key away from the
            definition. `print` names what is set so. Deleting the configuration brings the definition back. With each change
            the definition is read anew, so that a property list that was edited meanwhile takes effect, too.

            A value that cannot be taken refuses the whole configuration: a job that is loaded stays as it was, one that is not
            is not loaded until that is mended, so that it never starts in a place that the administrator has excluded. The
            keys: {overlay}.
            """;

    private JobFileDocument() {}

    static String text() {
        StringBuilder text = new StringBuilder(START.replace("{bytes}", String.valueOf(PropertyList.MAX_BYTES))
                .replace("{values}", String.valueOf(PropertyList.MAX_VALUES))
                .replace("{depth}", String.valueOf(PropertyList.MAX_DEPTH)));
        String group = "";
        for (Key key : KeyTable.keys()) {
            if (!key.group().equals(group)) {
                group = key.group();
                text.append("\n## ").append(group).append("\n\n");
                text.append("| key | type | default | class | |\n|---|---|---|---|---|\n");
            }
            text.append(row(key));
        }
        return text
                + END.replace("{attributes}", attributes())
                        .replace("{keys}", programKeys())
                        .replace("{zeros}", quoted(BundleDefinition.UNSET_BY_ZERO, ", "))
                        .replace("{overlay}", quoted(Overlay.keys(), ", "))
                + index();
    }

    private static String row(Key key) {
        return String.format(
                "| `%s`%s | %s | %s | %s | %s |%n",
                key.path(),
                key.source().equals(KeyTable.UNDOCUMENTED) ? "°" : "",
                type(key),
                key.byDefault(),
                key.standing().text()
                        + key.issue().map(issue -> ": " + issue).orElse("")
                        + (key.refusesList() ? "; *refuses the list*" : ""),
                what(key));
    }

    private static String type(Key key) {
        String types = key.types().size() >= Type.values().length - 1
                ? "any"
                : key.types().stream()
                        .sorted()
                        .map(type -> type == Type.ARRAY ? "array of " + elements(key) : named(key, type))
                        .collect(Collectors.joining(" or "));
        StringBuilder text = new StringBuilder(types);
        if (Double.isFinite(key.least())) {
            text.append(", ").append(Checking.rangeOf(key));
        }
        if (!key.words().isEmpty()) {
            text.append(": ").append(String.join(", ", key.words()));
        }
        return text.toString();
    }

    private static String elements(Key key) {
        return key.elements().stream().sorted().map(type -> named(key, type)).collect(Collectors.joining(" or "));
    }

    private static String named(Key key, Type type) {
        return type == Type.STRING ? key.format().text() : type.text();
    }

    private static String what(Key key) {
        StringBuilder text = new StringBuilder(key.meaning()).append('.');
        if (!key.here().isEmpty()) {
            text.append(key.standing() == Standing.DIFFERS ? " Difference: " : " Here: ")
                    .append(key.here())
                    .append('.');
        }
        if (!key.remedy().isEmpty()) {
            text.append(" Remedy: ").append(key.remedy()).append('.');
        }
        return text.toString().replace("|", "\\|");
    }

    private static String attributes() {
        return BundleDefinition.SCALARS.stream()
                .map(name -> String.format(
                        "| `%s` | %s | as in a list%s |%n",
                        name,
                        name.equals("KeepAlive") ? "boolean" : type(KeyTable.of(name)),
                        name.equals("KeepAlive") ? "; conditions stand in the list that `definition` names" : ""))
                .collect(Collectors.joining());
    }

    private static String programKeys() {
        return quoted(BundleReading.PROGRAM_KEYS, ", ");
    }

    private static String quoted(Collection<String> keys, String separator) {
        return keys.stream().sorted().map(key -> "`" + key + "`").collect(Collectors.joining(separator));
    }

    /** What each issue still brings. */
    private static String index() {
        Map<String, List<String>> issues = KeyTable.keys().stream()
                .filter(key -> key.standing() == Standing.NOT_YET)
                .filter(key -> key.path().indexOf('.') < 0)
                .collect(Collectors.groupingBy(
                        key -> key.issue().orElseThrow(),
                        TreeMap::new,
                        Collectors.mapping(key -> "`" + key.path() + "`", Collectors.toList())));
        StringBuilder text = new StringBuilder("\n## Not yet\n\n| issue | brings |\n|---|---|\n");
        issues.forEach((issue, keys) -> text.append(String.format("| %s | %s |%n", issue, String.join(", ", keys))));
        return text.toString();
    }
}
