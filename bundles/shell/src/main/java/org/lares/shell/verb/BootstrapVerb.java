package org.lares.shell.verb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Remark;
import org.lares.job.Target;
import org.lares.shell.view.Json;
import org.lares.shell.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Loads property lists; each path for itself, as launchctl does. */
@Command(
        name = "bootstrap",
        description = "Load property lists: files, or all of a folder. A path is loaded whole or not at all.")
final class BootstrapVerb extends Verb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "system")
    Target target;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "a file or a folder")
    List<Path> paths;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        session.requireDomain("bootstrap", target);
        if (target.label().isPresent()) {
            throw new JobException(
                    JobException.Code.USAGE,
                    "cannot bootstrap " + target + ": that is a job, not a domain; write bootstrap " + target.domain()
                            + " PATH...");
        }
        int exit = 0;
        List<Object> loaded = new ArrayList<>();
        for (Path path : paths) {
            try {
                Path absolute = session.resolve("bootstrap", path);
                for (Label label : session.await(session.jobs().bootstrap(absolute, session.caller()))) {
                    loaded.add(session.jobs().domain().target(label));
                    sayNotes(session, label);
                }
            } catch (JobException e) {
                session.complain(e.getMessage());
                exit = exit == 0 ? e.code().exit() : exit;
            }
        }
        if (json) {
            session.print(Json.pretty(Map.of("bootstrapped", loaded)));
        }
        return exit;
    }

    /** What the definition asks for and does not get: never in silence. */
    private static void sayNotes(Session session, Label label) throws IOException {
        Optional<JobStatus> job = session.jobs().find(label);
        if (job.isPresent()) {
            for (Remark remark : job.get().spec().remarks()) {
                session.complain("note: " + Text.oneLine(remark.toString()));
            }
        }
    }
}
