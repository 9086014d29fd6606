package org.lares.shell.verb;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.lares.job.JobException;
import org.lares.job.Label;
import org.lares.job.RunRecord;
import org.lares.job.Target;
import org.lares.job.Usage;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.Json;
import org.lares.shell.view.Table;
import org.lares.shell.view.Text;
import org.lares.shell.view.Times;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The ended runs of a job, newest first. */
@Command(name = "history", description = "Show the ended runs of a job, newest first; also of a job that is gone.")
final class HistoryVerb extends Verb {
    @Parameters(
            paramLabel = "TARGET",
            description = "for example system/com.acme.clock; a label alone is one of this container's domain")
    Target target;

    @Option(names = "-v", description = "with messages and stack traces")
    boolean detail;

    @Option(names = "--json", description = "print JSON (docs/json.md)")
    boolean json;

    @Override
    int run(Session session) throws JobException, IOException {
        Label label = session.requireLabel("history", target);
        List<RunRecord> runs = runs(session, label);
        if (json) {
            session.print(Json.pretty(JobModel.history(target.toString(), runs)));
        } else if (detail) {
            session.print(details(session, runs));
        } else {
            session.print(table(session, runs));
        }
        return 0;
    }

    private static List<RunRecord> runs(Session session, Label label) throws JobException {
        boolean loaded =
                session.jobs().find(label).filter(session.access()::sees).isPresent();
        if (!loaded && !session.access().controls()) {
            // whose it was is not known any more
            throw session.noSuchJob("history", label);
        }
        List<RunRecord> runs = session.jobs().history(label);
        if (!loaded && runs.isEmpty()) {
            throw session.noSuchJob("history", label);
        }
        return runs;
    }

    private static String table(Session session, List<RunRecord> runs) {
        Table table = new Table("Run", "Pid", "Started", "Lasted", "Reason", "End", "Stopped by", "CPU", "Memory");
        for (RunRecord run : runs) {
            table.row(
                    run.run().toString(),
                    run.pid().isPresent() ? Long.toString(run.pid().getAsLong()) : "-",
                    Times.local(run.started(), session.zone()),
                    Times.span(Duration.between(run.started(), run.ended())),
                    run.reason().toString(),
                    run.end().text(),
                    run.stop().orElse("-"),
                    run.usage().map(Usage::cpu).map(Times::span).orElse("-"),
                    run.usage().map(Usage::memory).map(Times::bytes).orElse("-"));
        }
        return table.text(session.terminal());
    }

    private static String details(Session session, List<RunRecord> runs) {
        StringBuilder text = new StringBuilder();
        for (RunRecord run : runs) {
            text.append("run ").append(run.run()).append(": ");
            text.append(Times.local(run.started(), session.zone())).append(" to ");
            text.append(Times.local(run.ended(), session.zone())).append('\n');
            line(text, "reason", run.reason().toString());
            line(text, "end", run.end().text());
            if (run.end().leftThreads() > 0) {
                line(text, "threads left", Integer.toString(run.end().leftThreads()));
            }
            run.stop().ifPresent(stop -> line(text, "stopped by", stop));
            run.pid().ifPresent(pid -> line(text, "pid", Long.toString(pid)));
            run.usage().ifPresent(usage -> {
                line(text, "cpu", Times.span(usage.cpu()));
                line(text, "memory", Times.bytes(usage.memory()));
            });
            // a detail of one line stands in the end already
            if (run.end().detail().indexOf('\n') >= 0) {
                run.end().detail().lines().forEach(row -> text.append("\t| ")
                        .append(Text.plain(row))
                        .append('\n'));
            }
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append('\t').append(name).append(" = ").append(Text.oneLine(value)).append('\n');
    }
}
