package org.lares.supervisor.definition;

import java.util.List;
import java.util.Optional;

/** Which options of a JVM a definition may give to the one that is its host. */
final class JavaOptions {
    /** Ours: how the host ends, what it starts fast from, and what it refuses to read. */
    static final List<String> OWNED = List.of(
            "-Djdk.serialFilter",
            "-Djdk.serialFilterFactory",
            "-Djava.class.path",
            "-Dorg.lares.",
            "-XX:ErrorFile",
            "-XX:OnError",
            "-XX:OnOutOfMemoryError",
            "-XX:CrashOnOutOfMemoryError",
            "-XX:ExitOnOutOfMemoryError",
            "-XX:SharedArchiveFile",
            "-XX:SharedClassListFile",
            "-XX:DumpLoadedClassList",
            "-XX:ArchiveClassesAtExit",
            "-XX:AOT",
            "-Xshare");

    private static final List<String> ALLOWED = List.of(
            "-D",
            "-X",
            "-ea",
            "-da",
            "-esa",
            "-dsa",
            "-enableassertions",
            "-disableassertions",
            "-verbose:",
            "-javaagent:",
            "-agentlib:",
            "-agentpath:",
            "--add-opens=",
            "--add-exports=",
            "--add-reads=",
            "--add-modules=",
            "--enable-native-access=",
            "--enable-preview");

    /** What some -X options do behind the back of the rest: other options from files, other classes first. */
    private static final List<String> HIDING =
            List.of("-XX:Flags", "-XX:VMOptionsFile", "-Xbootclasspath", "-XX:+IgnoreUnrecognizedVMOptions");

    /** What is wrong with an option, as the rest of a sentence. */
    record Objection(String message, String remedy) {}

    private JavaOptions() {}

    static Optional<Objection> objection(String option) {
        String plain = option.replaceFirst("^-XX:[+-]", "-XX:");
        if (OWNED.stream().anyMatch(plain::startsWith)) {
            return Optional.of(new Objection("is set by the supervisor for every host", "remove it"));
        }
        if (HIDING.stream().anyMatch(option::startsWith)) {
            return Optional.of(new Objection(
                    "would change what the host loads or how it is started", "remove it; give the options one by one"));
        }
        if (option.startsWith("--") && option.indexOf('=') < 0 && !option.equals("--enable-preview")) {
            return Optional.of(new Objection(
                    "is no option of a JVM that can stand here alone", "write it in one string, as --NAME=VALUE"));
        }
        if (ALLOWED.stream().noneMatch(option::startsWith)) {
            return Optional.of(new Objection(
                    "is no option that may be given here",
                    "give options of the JVM only (-X, -XX:, -D, --add-opens=...); what runs in it is the bundle"));
        }
        return Optional.empty();
    }
}
