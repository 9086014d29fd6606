package org.lares.shell.verb;

import java.io.IOException;
import org.lares.job.JobException;
import picocli.CommandLine.Option;

/**
 * One verb, with its parsed command line. A verb is made for one call, and used by one thread.
 */
abstract class Verb {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help")
    boolean help;

    /**
     * Does it.
     *
     * @return exit status
     * @throws JobException if it was refused; its message is all that the caller sees
     * @throws IOException if the caller cannot be told any more
     * @throws InterruptedException if the caller left
     */
    abstract int run(Session session) throws JobException, IOException, InterruptedException;
}
