package org.lares.sandbox;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lares.job.Domain;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.RunId;
import org.lares.job.Work.ProgramWork;
import org.lares.supervisor.runner.Launch;

/** Makes launches for tests; starts with nothing but arguments. */
final class Job {
    private final List<String> arguments;
    String program;
    final Map<String, String> environment = new HashMap<>();
    Optional<Path> directory = Optional.empty();
    OptionalInt umask = OptionalInt.empty();
    OptionalInt nice = OptionalInt.empty();
    final Map<String, Long> soft = new HashMap<>();
    final Map<String, Long> hard = new HashMap<>();
    Optional<String> user = Optional.empty();
    Optional<String> group = Optional.empty();
    boolean initGroups = true;
    Optional<Path> in = Optional.empty();
    Optional<Path> out = Optional.empty();
    Optional<Path> error = Optional.empty();
    boolean abandon;
    Limits limits = Limits.NONE;
    String label = "org.lares.test";

    private Job(String... arguments) {
        this.arguments = List.of(arguments);
        this.program = arguments[0];
    }

    static Job of(String... arguments) {
        return new Job(arguments);
    }

    static Job shell(String script) {
        return new Job("/bin/sh", "-c", script);
    }

    ProgramWork work() {
        return new ProgramWork(
                program,
                arguments,
                environment,
                directory,
                umask,
                nice,
                soft,
                hard,
                user,
                group,
                initGroups,
                in,
                out,
                error,
                abandon,
                limits);
    }

    JobSpec spec() {
        return new JobSpec(
                Label.of(label),
                JobKind.DAEMON,
                new Origin.FileOrigin(Path.of("/test.plist")),
                work(),
                Policy.ON_DEMAND,
                "",
                List.of());
    }

    Launch launch(long run, Path log) {
        return new Launch(Domain.SYSTEM, spec(), RunId.of(run), log);
    }
}
