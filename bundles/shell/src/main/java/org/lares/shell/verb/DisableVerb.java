package org.lares.shell.verb;

import java.io.IOException;
import org.lares.job.JobException;
import org.lares.job.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The override database: disable. */
@Command(name = "disable", description = "Forbid a job to run, over restarts; stops it if it runs.")
final class DisableVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        session.await(session.jobs().disable(session.requireLabel("disable", target), session.caller()));
        return 0;
    }
}
