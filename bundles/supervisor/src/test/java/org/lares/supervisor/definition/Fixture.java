package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.supervisor.definition.Surroundings.Account;

/** A machine on which every path is an executable but those under /absent, and property lists for it. */
final class Fixture {
    static final Path FILE = Path.of("/etc/launchd/daemons/test.plist");
    static final Surroundings ROOT = surroundings(0);
    static final Surroundings NOT_ROOT = surroundings(1000);

    private Fixture() {}

    private static Surroundings surroundings(long uid) {
        return new Surroundings(
                uid,
                name -> account(name, uid == 0 ? "root" : "alice"),
                name -> account(name, uid == 0 ? "root" : "alice"),
                Map.of("NumberOfFiles", 4096L),
                path -> path.startsWith("/absent") ? Optional.of("does not exist") : Optional.empty());
    }

    private static Account account(String name, String own) {
        if (name.equals(own)) {
            return Account.OWN;
        }
        return Set.of("root", "alice", "nobody").contains(name) ? Account.OTHER : Account.UNKNOWN;
    }

    /** A list with these lines between its &lt;dict&gt; in line 3 and its end. */
    static String list(String... lines) {
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n"
                + String.join("\n", lines)
                + "\n</dict>\n</plist>\n";
    }

    /** A list of a job that is right but for these lines. */
    static String job(String... lines) {
        return list(Stream.concat(
                        Stream.of(
                                "<key>Label</key><string>com.acme.clock</string>",
                                "<key>Program</key><string>/bin/clock</string>"),
                        Stream.of(lines))
                .toArray(String[]::new));
    }

    static Verification read(String content) {
        return read(content, ROOT);
    }

    static Verification read(String content, Surroundings surroundings) {
        return read(content.getBytes(StandardCharsets.UTF_8), surroundings);
    }

    static Verification read(byte[] content, Surroundings surroundings) {
        return new Definitions(surroundings).read(content, FILE.toString(), new Origin.FileOrigin(FILE));
    }

    static List<Remark> errors(Verification verification) {
        return of(verification, Remark.Severity.ERROR);
    }

    static List<Remark> notes(Verification verification) {
        return of(verification, Remark.Severity.NOTE);
    }

    private static List<Remark> of(Verification verification, Remark.Severity severity) {
        return verification.remarks().stream()
                .filter(remark -> remark.severity() == severity)
                .toList();
    }

    /** The one error of a definition that is refused for it. */
    static Remark error(Verification verification) {
        Assertions.assertFalse(verification.ok(), () -> "taken: " + verification);
        Assertions.assertEquals(1, errors(verification).size(), () -> verification.remarks().stream()
                .map(Remark::toString)
                .collect(Collectors.joining("\n")));
        return errors(verification).get(0);
    }

    /** The root folder of the project. */
    static Path project() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve(".mvn"))) {
                return folder;
            }
        }
        throw new IllegalStateException("not within the project");
    }

    /** The real lists, by name; skips the test where they are not at hand. */
    static List<Path> corpus() throws IOException {
        for (Path folder = project(); folder != null; folder = folder.getParent()) {
            Path corpus = folder.resolve("shared/corpus/launchd");
            if (Files.isDirectory(corpus)) {
                try (Stream<Path> files = Files.list(corpus)) {
                    return files.filter(file -> file.toString().endsWith(".plist"))
                            .sorted()
                            .toList();
                }
            }
        }
        assumeTrue(false, "there is no shared/corpus/launchd beside the project: the real lists are not tested");
        return List.of();
    }

    /** Compares with a file of the project; -Drewrite=true writes it instead. */
    static void assertFile(Path file, String content) throws IOException {
        if (Boolean.getBoolean("rewrite")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            return;
        }
        Assertions.assertTrue(Files.exists(file), () -> file + " is missing; write it with -Drewrite=true");
        Assertions.assertEquals(
                Files.readString(file), content, () -> file + " is stale; rewrite it with -Drewrite=true and look");
    }
}
