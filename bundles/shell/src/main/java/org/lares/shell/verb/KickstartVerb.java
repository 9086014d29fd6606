package org.lares.shell.verb;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Target;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts a job now, whatever its conditions say. */
@Command(name = "kickstart", description = "Start a job now, past its conditions, throttle, back-off and give-up.")
final class KickstartVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Option(names = "-k", description = "end the live run first")
    boolean kill;

    @Option(names = "-p", description = "print the pid, or - for a job without a process of its own")
    boolean pid;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        JobStatus.LiveRun run = session.await(
                session.jobs().kickstart(session.requireLabel("kickstart", target), kill, session.caller()));
        if (json) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("target", target.toString());
            answer.put("run", JobModel.liveRun(run));
            session.print(Json.pretty(answer));
        } else if (pid) {
            session.println(run.pid().isPresent() ? Long.toString(run.pid().getAsLong()) : "-");
        }
        return 0;
    }
}
