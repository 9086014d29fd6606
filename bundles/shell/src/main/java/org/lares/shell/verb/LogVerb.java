package org.lares.shell.verb;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a job wrote to its standard output and error. */
@Command(
        name = "log",
        description = "Print what the last 10 runs wrote, oldest first; control characters are shown escaped.")
final class LogVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Option(names = "-f", description = "go on as it grows, over restarts, until interrupted")
    boolean follow;

    @Option(names = "-n", paramLabel = "LINES", description = "only the last LINES lines")
    Integer lines;

    @Option(names = "--json", description = "print a JSON object a line (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        if (lines != null && lines < 0) {
            throw new JobException(
                    JobException.Code.USAGE,
                    "cannot log " + target + ": -n " + lines + " is negative; write 0 or more");
        }
        JobStatus job = session.job("log", session.requireLabel("log", target));
        LogTail tail = new LogTail(session, job.label(), json);
        try {
            if (follow) {
                tail.follow(lines);
            } else {
                tail.print(lines);
            }
            return 0;
        } catch (LogTail.CallerGoneException e) {
            throw e;
        } catch (ClosedByInterruptException e) {
            InterruptedException left = new InterruptedException("interrupted while reading a log");
            left.initCause(e);
            throw left;
        } catch (IOException e) {
            throw new JobException(
                    JobException.Code.FAILED,
                    "cannot log " + job.target() + ": its log cannot be read (" + e
                            + "); check the owner and the mode of that file",
                    e);
        }
    }
}
