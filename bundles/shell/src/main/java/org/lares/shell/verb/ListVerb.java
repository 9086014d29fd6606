package org.lares.shell.verb;

import java.io.IOException;
import java.util.List;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.shell.view.JobText;
import org.lares.shell.view.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** All jobs that the caller may see, one a line. */
@Command(
        name = "list",
        description = "List the jobs: pid, last exit status (-N: signal N), label, state, time, runs, where.")
final class ListVerb extends Verb {
    @Parameters(arity = "0..1", paramLabel = "LABEL", description = "only this job")
    Label label;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException {
        List<JobStatus> jobs = label == null ? session.visible() : List.of(session.job("list", label));
        if (json) {
            session.print(Json.pretty(session.domain(jobs)));
        } else {
            session.print(JobText.list(jobs, session.zone(), session.terminal()));
        }
        return 0;
    }
}
