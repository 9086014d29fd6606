package org.lares.supervisor.definition;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lares.job.Work;
import org.lares.supervisor.definition.Surroundings.Account;

/** The keys about what program runs and as whom, after {@link Checking} has looked at each alone. */
final class ProgramReading {
    /** Where a program's bare name is looked up (paths.h: _PATH_STDPATH). */
    static final List<Path> STANDARD_PATH =
            List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/sbin"), Path.of("/sbin"));

    private final Fields definition;
    private final Reading reading;
    private final Surroundings surroundings;

    ProgramReading(Fields definition, Reading reading, Surroundings surroundings) {
        this.definition = definition;
        this.reading = reading;
        this.surroundings = surroundings;
    }

    /**
     * Empty, or not to be relied on, if an error was found.
     *
     * @param checked what has looked at each key
     */
    Optional<Work> work(Checking checked) {
        isolation();
        users();
        nice();
        limits();
        environment();
        Optional<Path> folder = path("WorkingDirectory");
        List<String> arguments = definition.texts("ProgramArguments").orElse(List.of()).stream()
                .map(Value.Text::text)
                .toList();
        if (!definition.has("Program") && !definition.has("ProgramArguments")) {
            if (Stream.of("Program", "ProgramArguments", "Bundle").noneMatch(checked::misspelt)) {
                reading.error(
                        definition.dict().at(),
                        "",
                        "there is neither Program nor ProgramArguments nor Bundle",
                        "add one of them: what is to be run");
            }
            return Optional.empty();
        }
        Optional<String> program = program(arguments, folder);
        if (program.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Work.ProgramWork(
                program.get(),
                arguments.isEmpty() ? List.of(program.get()) : arguments,
                definition.dict("EnvironmentVariables").texts(),
                folder,
                umask(),
                number("Nice", nice -> Math.min(nice, 19)),
                definition.dict("SoftResourceLimits").wholes(),
                definition.dict("HardResourceLimits").wholes(),
                definition.text("UserName"),
                definition.text("GroupName"),
                definition.truth("InitGroups").orElse(true),
                path("StandardInPath"),
                path("StandardOutPath"),
                path("StandardErrorPath"),
                definition.truth("AbandonProcessGroup").orElse(false),
                BundleReading.limits(definition)));
    }

    private Optional<Path> path(String key) {
        return definition.text(key).flatMap(Checking::path).filter(Path::isAbsolute);
    }

    private OptionalInt number(String key, Function<Integer, Integer> fit) {
        return definition
                .whole(key)
                .map(whole -> OptionalInt.of(fit.apply(whole.intValue())))
                .orElse(OptionalInt.empty());
    }

    private OptionalInt umask() {
        Optional<Integer> mask = definition.text("Umask").flatMap(Checking::mask);
        return mask.isPresent() ? OptionalInt.of(mask.get()) : number("Umask", Function.identity());
    }

    /** The executable: absolute, or a name for the standard path. */
    private Optional<String> program(List<String> arguments, Optional<Path> folder) {
        String key = definition.has("Program") ? "Program" : "ProgramArguments";
        Optional<String> written = definition.has("Program")
                ? definition.text("Program")
                : arguments.stream().findFirst();
        if (written.isEmpty() || written.get().isEmpty()) {
            if (definition.texts(key).isPresent()) {
                reading.error(definition.at(key), key, "does not say what to run", "begin it with the program");
            }
            return Optional.empty();
        }
        Optional<Path> path = Checking.path(written.get());
        if (path.isEmpty()) {
            reading.error(definition.at(key), key, Quote.of(written.get()) + " is no path", "correct it");
            return Optional.empty();
        }
        Place at = definition.texts(key).map(texts -> texts.get(0).at()).orElse(definition.at(key));
        if (written.get().indexOf('/') < 0) {
            boolean found = STANDARD_PATH.stream().anyMatch(bin -> surroundings
                    .program()
                    .apply(bin.resolve(path.get()))
                    .isEmpty());
            if (!found) {
                missing(at, key, "is not in /usr/bin:/bin:/usr/sbin:/sbin", written.get());
            }
            return written;
        }
        Path absolute = folder.orElse(Path.of("/")).resolve(path.get());
        surroundings.program().apply(absolute).ifPresent(why -> missing(at, key, why, absolute.toString()));
        return Optional.of(absolute.toString());
    }

    private void missing(Place at, String key, String why, String program) {
        reading.note(
                at,
                key,
                "the program " + Quote.shorten(program) + " " + why + ": every start will fail",
                "install it or correct the path");
    }

    private void isolation() {
        Optional<String> isolation = definition.text("Isolation");
        if (isolation.filter("Container"::equals).isPresent()) {
            reading.error(
                    definition.at("Isolation"),
                    "Isolation",
                    "a program cannot run inside the container",
                    "remove it, or write Process");
        } else if (isolation.filter("Sandbox"::equals).isPresent()) {
            reading.error(
                    definition.at("Isolation"),
                    "Isolation",
                    "not yet honoured (issue \"The sandbox\"): the program would run unconfined",
                    "write Process, or wait for the sandbox");
        }
        for (String key : BundleReading.BUNDLE_KEYS) {
            if (definition.has(key)) {
                reading.error(
                        definition.at(key),
                        key,
                        "says how a bundle is run, but this job is a program",
                        "remove it, or make the job a bundle");
            }
        }
        if (definition.has("WatchdogSeconds")) {
            reading.error(
                    definition.at("WatchdogSeconds"),
                    "WatchdogSeconds",
                    "a program has no way to report",
                    "remove it, or make the job a bundle");
        }
    }

    private void users() {
        account("UserName", "user", surroundings.user());
        account("GroupName", "group", surroundings.group());
        if (definition.has("InitGroups") && !definition.has("UserName")) {
            reading.note(definition.at("InitGroups"), "InitGroups", "says nothing without UserName", "remove it");
        }
    }

    private void account(String key, String noun, Function<String, Account> lookup) {
        Optional<String> name = definition.text(key).filter(text -> !text.isBlank() && text.indexOf('\0') < 0);
        if (name.isEmpty()) {
            return;
        }
        Account account = lookup.apply(name.get());
        if (!surroundings.root() && account != Account.OWN) {
            reading.error(
                    definition.at(key),
                    key,
                    "the container runs as uid " + surroundings.uid() + " and cannot become " + noun + " "
                            + Quote.shorten(name.get()),
                    "remove it, or run the container as root");
        } else if (account == Account.UNKNOWN) {
            reading.note(
                    definition.at(key),
                    key,
                    "there is no " + noun + " " + Quote.shorten(name.get()) + " on this machine: every start will fail",
                    "create it or name another");
        }
    }

    private void nice() {
        if (!surroundings.root()
                && definition.whole("Nice").filter(nice -> nice < 0).isPresent()) {
            reading.error(
                    definition.at("Nice"),
                    "Nice",
                    "the container runs as uid " + surroundings.uid() + " and cannot raise a priority",
                    "write 0 or more, or run the container as root");
        }
    }

    private void limits() {
        ownLimits("SoftResourceLimits");
        ownLimits("HardResourceLimits");
        Fields soft = definition.dict("SoftResourceLimits");
        Map<String, Long> hard = definition.dict("HardResourceLimits").wholes();
        soft.wholes().forEach((name, limit) -> {
            if (hard.getOrDefault(name, Long.MAX_VALUE) < limit) {
                reading.error(
                        soft.at(name),
                        "SoftResourceLimits." + Quote.shorten(name),
                        limit + " is above the hard limit of " + hard.get(name),
                        "lower it");
            }
        });
    }

    private void ownLimits(String key) {
        Fields limits = definition.dict(key);
        limits.wholes().forEach((name, limit) -> {
            Long own = surroundings.hardLimits().get(name);
            if (!surroundings.root() && own != null && limit > own) {
                reading.error(
                        limits.at(name),
                        key + "." + name,
                        limit + " is above the container's own hard limit of " + own,
                        "lower it, or raise the container's");
            }
        });
    }

    private void environment() {
        Fields variables = definition.dict("EnvironmentVariables");
        for (String name : variables.texts().keySet()) {
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
                reading.error(
                        variables.at(name),
                        "EnvironmentVariables",
                        Quote.of(name) + " is no name of a variable",
                        "use a name without =");
            }
        }
    }
}
