package org.lares.shell.verb;

import java.io.IOException;
import org.lares.job.JobException;
import org.lares.job.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The override database: enable. */
@Command(name = "enable", description = "Allow a job to run, over its Disabled key and over restarts.")
final class EnableVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        session.await(session.jobs().enable(session.requireLabel("enable", target), session.caller()));
        return 0;
    }
}
