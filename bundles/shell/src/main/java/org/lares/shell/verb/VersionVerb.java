package org.lares.shell.verb;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lares.shell.view.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The version of the container that answers. */
@Command(name = "version", description = "Print the version of the container.")
final class VersionVerb extends Verb {
    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws IOException {
        String java = Runtime.version().toString();
        long pid = ProcessHandle.current().pid();
        if (json) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("version", session.version());
            answer.put("java", java);
            answer.put("pid", pid);
            session.print(Json.pretty(answer));
        } else {
            session.println("lares " + session.version() + ", Java " + java + ", container pid " + pid);
        }
        return 0;
    }
}
