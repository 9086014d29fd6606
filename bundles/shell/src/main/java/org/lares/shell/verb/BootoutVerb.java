package org.lares.shell.verb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Stops and forgets jobs: one by its label, or those that came from the paths. */
@Command(name = "bootout", description = "Stop a job and forget it; its history stays. Waits until it is gone.")
final class BootoutVerb extends Verb {
    @Parameters(index = "0", paramLabel = "TARGET", description = "a job, or the domain with paths")
    Target target;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "PATH",
            description = "the property list of a loaded job, or their folder")
    List<Path> paths = List.of();

    @Override
    int run(Session session) throws JobException, IOException, InterruptedException {
        session.requireDomain("bootout", target);
        if (target.label().isPresent() != paths.isEmpty()) {
            throw new JobException(
                    JobException.Code.USAGE,
                    "cannot bootout " + target + ": name a job or paths; write bootout " + target.domain()
                            + "/LABEL, or bootout " + target.domain() + " PATH...");
        }
        if (target.label().isPresent()) {
            session.await(session.jobs().bootout(target.label().get(), session.caller()));
            return 0;
        }
        int exit = 0;
        for (Path path : paths) {
            try {
                for (Label label : labels(session, session.resolve("bootout", path))) {
                    session.await(session.jobs().bootout(label, session.caller()));
                }
            } catch (JobException e) {
                session.complain(e.getMessage());
                exit = exit == 0 ? e.code().exit() : exit;
            }
        }
        return exit;
    }

    /** What was loaded is asked, not the disk: the file may be gone or say something else by now. */
    private static List<Label> labels(Session session, Path path) throws JobException {
        List<Label> labels = new ArrayList<>();
        for (JobStatus job : session.visible()) {
            if (job.spec().origin() instanceof Origin.FileOrigin file
                    && (file.path().equals(path) || path.equals(file.path().getParent()))) {
                labels.add(job.label());
            }
        }
        if (labels.isEmpty()) {
            throw new JobException(
                    JobException.Code.NO_SUCH_JOB,
                    "cannot bootout " + path + ": no job was loaded from there; \"lares print LABEL\" shows a job's"
                            + " path");
        }
        return labels;
    }
}
