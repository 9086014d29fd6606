package org.lares.shell.verb;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.lares.job.Caller;
import org.lares.job.JobControl;

/** One command line, run. */
public record Call(int exit, String out, String err) {
    static final long OWN = 990;

    public static Call root(JobControl jobs, String... args) throws IOException {
        return as(0, jobs, OptionalInt.empty(), args);
    }

    static Call as(long uid, JobControl jobs, OptionalInt width, String... args) throws IOException {
        StringBuilder out = new StringBuilder();
        StringBuilder err = new StringBuilder();
        Session session = new Session(
                jobs,
                new Access(new Caller(uid, uid, OptionalLong.empty()), OWN),
                out::append,
                err::append,
                width,
                Optional.of(Path.of("/home/me")),
                ZoneOffset.UTC,
                new Cancellation(),
                "0.1.0");
        int exit = Verbs.run(session, List.of(args));
        return new Call(exit, out.toString(), err.toString());
    }

    /** All that there is to see, for golden files. */
    String transcript() {
        return out + (err.isEmpty() ? "" : "--- err\n" + err) + "--- exit " + exit + "\n";
    }
}
