package org.lares.shell.verb;

import java.io.IOException;
import org.lares.job.JobException;
import org.lares.job.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The end of a quarantine. */
@Command(name = "release", description = "Let a job in quarantine back into the container, from its next run on.")
final class ReleaseVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        session.await(session.jobs().release(session.requireLabel("release", target), session.caller()));
        return 0;
    }
}
