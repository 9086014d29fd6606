package org.lares.shell.verb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lares.job.JobException;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.Json;
import org.lares.shell.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads definitions without loading them, and says all that is to be said about them. */
@Command(
        name = "verify",
        description = "Check property lists without loading them: all errors, and all that will not be honoured.")
final class VerifyVerb extends Verb {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = "a file or a folder")
    List<Path> paths;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException {
        List<Verification> files = new ArrayList<>();
        int exit = 0;
        for (Path path : paths) {
            try {
                Path absolute = session.resolve("verify", path);
                List<Verification> found = session.jobs().verify(absolute);
                if (found.isEmpty()) {
                    throw new JobException(
                            JobException.Code.USAGE,
                            "cannot verify " + absolute + ": there is no *.plist in it; name a property list");
                }
                files.addAll(found);
            } catch (JobException e) {
                session.complain(e.getMessage());
                exit = exit == 0 ? e.code().exit() : exit;
            }
        }
        boolean ok = files.stream().allMatch(Verification::ok);
        if (json) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("ok", ok && exit == 0);
            answer.put("files", files.stream().map(JobModel::verification).toList());
            session.print(Json.pretty(answer));
        } else {
            for (Verification file : files) {
                print(session, file);
            }
        }
        return ok ? exit : JobException.Code.FAILED.exit();
    }

    private static void print(Session session, Verification file) throws IOException {
        for (Remark remark : file.remarks()) {
            String severity = remark.severity() == Remark.Severity.ERROR ? "error: " : "note: ";
            session.println(severity + Text.oneLine(remark.toString()));
        }
        long errors = file.remarks().stream()
                .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                .count();
        String verdict = file.ok() ? "OK" : errors == 1 ? "1 error" : errors + " errors";
        session.println(Text.oneLine(file.where()) + ": " + verdict);
    }
}
