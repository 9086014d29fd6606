package org.lares.shell.verb;

import java.io.IOException;
import java.util.List;
import org.lares.job.Explanation;
import org.lares.job.JobException;
import org.lares.job.Label;
import org.lares.job.Target;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.Json;
import org.lares.shell.view.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Why a job does or does not run, down to the last reason, and what to do. */
@Command(name = "explain", description = "Say why a job does or does not run, and what to do next.")
final class ExplainVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException {
        Label label = session.requireLabel("explain", target);
        // Who controls the container is also told why a job is not there; for others such a job does not exist.
        if (!session.access().controls()) {
            session.job("explain", label);
        }
        Explanation explanation = session.jobs().explain(label);
        if (json) {
            session.print(Json.pretty(JobModel.explanation(explanation)));
            return 0;
        }
        StringBuilder text = new StringBuilder(explanation.target()).append('\n');
        List<String> chain = explanation.chain();
        for (int i = 0; i < chain.size(); i++) {
            text.append("  ".repeat(i)).append("because ".repeat(i == 0 ? 0 : 1));
            text.append(Text.oneLine(chain.get(i))).append('\n');
        }
        text.append("next: ").append(Text.oneLine(explanation.next())).append('\n');
        session.print(text.toString());
        return 0;
    }
}
