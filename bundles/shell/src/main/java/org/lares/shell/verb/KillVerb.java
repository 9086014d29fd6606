package org.lares.shell.verb;

import java.io.IOException;
import org.lares.job.JobException;
import org.lares.job.Label;
import org.lares.job.Target;
import org.lares.shell.view.Signals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Sends a signal to the live run. */
@Command(name = "kill", description = "Send a signal to a running job.")
final class KillVerb extends Verb {
    @Parameters(index = "0", paramLabel = "SIGNAL", description = "for example SIGTERM, TERM or 15")
    String signal;

    @Parameters(
            index = "1",
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        Label label = session.requireLabel("kill", target);
        int number;
        try {
            number = Signals.parse(signal);
        } catch (IllegalArgumentException e) {
            throw new JobException(JobException.Code.USAGE, "cannot kill " + target + ": " + e.getMessage(), e);
        }
        session.await(session.jobs().kill(label, number, session.caller()));
        return 0;
    }
}
