package org.lares.shell.verb;

import java.io.IOException;
import java.util.List;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Target;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.JobText;
import org.lares.shell.view.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Everything about one job, or the domain with its jobs. */
@Command(name = "print", description = "Print all about a job, or a domain with its jobs.")
final class PrintVerb extends Verb {
    @Parameters(paramLabel = "TARGET", description = "system, or a job: system/com.acme.clock")
    Target target;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException {
        session.requireDomain("print", target);
        boolean values = session.access().controls();
        if (target.label().isPresent()) {
            JobStatus job = session.job("print", target.label().get());
            session.print(json ? Json.pretty(JobModel.job(job, values)) : JobText.service(job, session.zone(), values));
        } else {
            List<JobStatus> jobs = session.visible();
            session.print(
                    json
                            ? Json.pretty(session.domain(jobs))
                            : JobText.domain(
                                    target.domain(),
                                    jobs,
                                    session.refused(),
                                    session.jobs().degraded()));
        }
        return 0;
    }
}
