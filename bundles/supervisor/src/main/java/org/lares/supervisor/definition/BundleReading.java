package org.lares.supervisor.definition;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.lares.job.HostOptions;
import org.lares.job.Isolation;
import org.lares.job.Limits;
import org.lares.job.Work;

/** The keys about where and how a bundle runs, after {@link Checking} has looked at each alone. */
final class BundleReading {
    /** How the process of a bundle is made. */
    private static final List<String> HOST_KEYS = List.of("JavaOptions", "WarmInstances", "Repository");

    /** What has a meaning for bundles only, and would be silently without effect for a program. */
    static final List<String> BUNDLE_KEYS =
            List.of("JavaOptions", "WarmInstances", "Repository", "QuarantineOnFailure");

    /** What says how a program is run has no meaning for a bundle, and would be silently wrong. */
    static final Set<String> PROGRAM_KEYS = Set.of(
            "Program",
            "ProgramArguments",
            "BundleProgram",
            "WorkingDirectory",
            "EnvironmentVariables",
            "UserName",
            "GroupName",
            "InitGroups",
            "Umask",
            "StandardInPath",
            "StandardOutPath",
            "StandardErrorPath",
            "AbandonProcessGroup",
            "Nice",
            "SoftResourceLimits",
            "HardResourceLimits");

    private static final Map<String, Isolation> ISOLATIONS =
            Map.of("Container", Isolation.CONTAINER, "Process", Isolation.PROCESS, "Sandbox", Isolation.SANDBOX);

    private final Fields definition;
    private final Reading reading;

    BundleReading(Fields definition, Reading reading) {
        this.definition = definition;
        this.reading = reading;
    }

    /** Of a bundle that is installed in the container. Relied on only if no error was found. */
    Work.BundleWork installed(long bundleId, String symbolicName) {
        Isolation isolation = isolation(Isolation.CONTAINER);
        surroundings(isolation);
        return new Work.BundleWork(
                OptionalLong.of(bundleId), symbolicName, Optional.empty(), isolation, host(), limits(definition));
    }

    /** Of one that is not. Relied on only if no error was found. */
    Work elsewhere(BundleLocation location, String symbolicName) {
        if (isolation(Isolation.PROCESS) == Isolation.CONTAINER) {
            reading.error(
                    definition.at("Isolation"),
                    "Isolation",
                    "a bundle that a property list names is not in the container's framework",
                    "write Process, or install the bundle (bundle:install) instead of loading this list");
        }
        surroundings(Isolation.PROCESS);
        return new Work.BundleWork(
                OptionalLong.empty(),
                symbolicName,
                Optional.of(location.text()),
                Isolation.PROCESS,
                host(),
                limits(definition));
    }

    private Isolation isolation(Isolation byDefault) {
        Isolation isolation = definition.text("Isolation").map(ISOLATIONS::get).orElse(byDefault);
        if (isolation == Isolation.SANDBOX) {
            reading.error(
                    definition.at("Isolation"),
                    "Isolation",
                    "not yet honoured (issue \"The sandbox\"): the bundle would run unconfined",
                    "write Process or Container, or wait for the sandbox");
        }
        return isolation;
    }

    private void surroundings(Isolation isolation) {
        if (isolation != Isolation.CONTAINER) {
            says(
                    "QuarantineOnFailure",
                    "says nothing: the job has a process of its own",
                    "remove it, or write Isolation Container");
            return;
        }
        for (String key : HOST_KEYS) {
            says(
                    key,
                    "says nothing as long as the job runs inside the container",
                    "write Isolation Process; or leave it for the day that the job is moved");
        }
        Fields limits = definition.dict("Limits");
        if (limits.dict().entries().stream().allMatch(entry -> entry.key().equals("Advisory"))) {
            return;
        }
        String shared = "the container's JVM is shared: nothing in it can be limited";
        if (limits.truth("Advisory").orElse(false)) {
            reading.note(definition.at("Limits"), "Limits", shared, "write Isolation Process");
        } else {
            reading.error(
                    definition.at("Limits"),
                    "Limits",
                    shared,
                    "write Isolation Process, or Limits.Advisory true to run without them");
        }
    }

    private void says(String key, String message, String remedy) {
        boolean none = definition.whole(key).filter(number -> number == 0).isPresent();
        if (definition.has(key) && !none) {
            reading.note(definition.at(key), key, message, remedy);
        }
    }

    private HostOptions host() {
        return new HostOptions(
                texts("JavaOptions"),
                definition.whole("WarmInstances").map(Long::intValue).orElse(0),
                texts("Repository").stream()
                        .flatMap(folder -> Checking.path(folder).stream())
                        .filter(Path::isAbsolute)
                        .toList());
    }

    private List<String> texts(String key) {
        return definition.texts(key).orElse(List.of()).stream()
                .map(Value.Text::text)
                .toList();
    }

    /** Of any kind of work. Relied on only if no error was found. */
    static Limits limits(Fields definition) {
        Fields limits = definition.dict("Limits");
        Optional<Long> memory =
                limits.whole("Memory").or(() -> limits.text("Memory").flatMap(Checking::size));
        return new Limits(
                memory.map(OptionalLong::of).orElse(OptionalLong.empty()),
                limits.number("CPU").map(OptionalDouble::of).orElse(OptionalDouble.empty()),
                whole(limits, "Processes"),
                whole(limits, "Files"),
                limits.truth("Advisory").orElse(false));
    }

    private static OptionalInt whole(Fields limits, String key) {
        return limits.whole(key)
                .map(number -> OptionalInt.of(number.intValue()))
                .orElse(OptionalInt.empty());
    }
}
