package org.lares.shell.verb;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Target;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.JobText;
import org.lares.shell.view.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Why the live or the last run was started. */
@Command(name = "blame", description = "Say in one line why a job was started last.")
final class BlameVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException {
        JobStatus job = session.job("blame", session.requireLabel("blame", target));
        if (json) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("target", job.target());
            answer.put("reason", JobModel.reason(job.lastReason()));
            session.print(Json.pretty(answer));
        } else {
            session.println(JobText.blame(job));
        }
        return 0;
    }
}
