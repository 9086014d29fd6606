package org.lares.shell.verb;

import java.io.IOException;
import org.lares.job.JobException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What there is, or how one verb is used. */
@Command(name = "help", description = "List the verbs, or show how one is used.")
final class HelpVerb extends Verb {
    @Parameters(arity = "0..1", paramLabel = "VERB", description = "the verb")
    String verb;

    @Override
    int run(Session session) throws JobException, IOException {
        if (verb == null) {
            session.print(overview());
            return 0;
        }
        Verbs.Entry entry = Verbs.find(verb);
        if (entry == null) {
            throw new JobException(
                    JobException.Code.USAGE, "cannot help " + verb + ": no such verb; \"lares help\" lists them");
        }
        session.print(Verbs.usage(entry, session.width()));
        return 0;
    }

    /** Also what {@code bin/lares help} prints without a container; a test keeps its copy equal. */
    static String overview() {
        StringBuilder text = new StringBuilder("usage: lares VERB [OPTIONS] [ARGUMENTS]\n\n");
        for (Verbs.Entry entry : Verbs.all()) {
            text.append(String.format("  %-10s  %s%n", entry.name(), entry.description()));
        }
        text.append(String.format("  %-10s  %s%n", "shell", "Open Karaf's shell, or run its commands."));
        text.append("\nA target is system/LABEL, or a label alone. \"lares help VERB\" shows the options of a verb.\n");
        return text.toString();
    }
}
