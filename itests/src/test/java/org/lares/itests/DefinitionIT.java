package org.lares.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Good and bad property lists at the container's door. Whatever comes, the container and its jobs stay as they were. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DefinitionIT {
    private static final String LABEL = "org.lares.itests.bystander";
    private static final int BAD = 5;

    private static final String GOOD =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <plist version="1.0">
            <dict>
                <key>Label</key><string>org.lares.itests.%s</string>
                <key>ProgramArguments</key><array><string>/bin/true</string></array>
            </dict>
            </plist>
            """;

    private Container container;
    private JsonObject before;

    @BeforeAll
    void start() {
        container = Container.unpack();
        container.definition(
                "etc/launchd/daemons/" + LABEL + ".plist",
                LABEL,
                container.script("bystander", "exec sleep 1000000"),
                "<key>KeepAlive</key><true/>");
        container.start();
        container.await(
                "the bystander runs", () -> !pid(container.jobs().get(LABEL)).isJsonNull());
        before = container.json("list");
    }

    @AfterAll
    void stop() {
        try {
            container.process().ifPresent(running -> container.stop());
        } finally {
            container.close();
        }
    }

    @AfterEach
    void shouldHaveChangedNothing() {
        assertEquals(before, container.json("list"));
    }

    @Test
    void shouldTellFiveMistakesAtOnceWithTheirLines() {
        Path file = container.write(
                "five.plist",
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <plist version="1.0">
                <dict>
                    <key>Label</key><integer>3</integer>
                    <key>Programme</key><string>/bin/true</string>
                    <key>KeepAlive</key><string>yes</string>
                    <key>ThrottleInterval</key><integer>-5</integer>
                    <key>EnableGlobbing</key><true/>
                    <key>Program</key><string>/bin/true</string>
                </dict>
                </plist>
                """);

        Result verified = container.lares("verify", "--json", file.toString());
        assertEquals(BAD, verified.exit(), verified.toString());
        List<String> places = new ArrayList<>();
        for (JsonElement element : JsonParser.parseString(verified.out())
                .getAsJsonObject()
                .getAsJsonArray("files")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("remarks")) {
            JsonObject remark = element.getAsJsonObject();
            if (remark.get("severity").getAsString().equals("error")) {
                places.add(
                        remark.get("line").getAsInt() + " " + remark.get("key").getAsString());
            }
        }
        assertEquals(
                List.of("4 Label", "5 Programme", "6 KeepAlive", "7 ThrottleInterval", "8 EnableGlobbing"), places);

        Result bootstrapped = container.lares("bootstrap", "system", file.toString());
        assertEquals(BAD, bootstrapped.exit(), bootstrapped.toString());
        for (String place : places) {
            String start = file + ":" + place.replace(" ", ": ") + ": ";
            assertTrue(bootstrapped.err().lines().anyMatch(line -> line.startsWith(start)), bootstrapped.err());
        }
    }

    @Test
    void shouldVerifyTheRealLists() throws IOException {
        Optional<Path> corpus = corpus();
        assumeTrue(corpus.isPresent(), "there is no shared/corpus/launchd beside the project; it is not tested");
        List<String> command = new ArrayList<>(List.of("verify", "--json"));
        try (Stream<Path> lists = Files.list(corpus.get())) {
            for (Path list : lists.filter(file -> file.toString().endsWith(".plist"))
                    .sorted()
                    .toList()) {
                command.add(container
                        .write("corpus/" + list.getFileName(), Files.readAllBytes(list))
                        .toString());
            }
        }

        Result verified = container.lares(command.toArray(String[]::new));

        List<JsonElement> bad =
                JsonParser.parseString(verified.out()).getAsJsonObject().getAsJsonArray("files").asList().stream()
                        .filter(file -> !file.getAsJsonObject().get("ok").getAsBoolean())
                        .toList();
        assertEquals(List.of(), bad);
        assertEquals(0, verified.exit(), verified.err());
    }

    static Stream<String> shapes() {
        return Stream.of(
                "empty",
                "truncated XML",
                "truncated binary",
                "garbage",
                "binary garbage",
                "entity bomb",
                "external entity",
                "huge",
                "many values",
                "deep",
                "not a dictionary",
                "wrong encoding");
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void shouldRefuseWhatIsNoPropertyList(String shape) {
        Path file = container.write("bad.plist", content(shape));

        assertRefused(file, file);
    }

    @Test
    void shouldRefuseWhatOthersCanWrite() throws IOException {
        Path file = container.write("open.plist", GOOD.formatted("open"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));

        assertRefused(file, file);
    }

    @Test
    void shouldRefuseWhatIsNoPlainFile() throws IOException {
        Path target = container.write("target.plist", GOOD.formatted("target"));
        Path link = container.base().resolve("link.plist");
        Files.createSymbolicLink(link, target);
        assertRefused(link, link);

        Path pipe = container.base().resolve("pipe.plist");
        container.run("mkfifo", pipe.toString()).succeeded();
        assertRefused(pipe, pipe);
    }

    @Test
    void shouldRefuseTwoDefinitionsOfOneLabel() {
        container.write("two/a.plist", GOOD.formatted("twice"));
        Path second = container.write("two/b.plist", GOOD.formatted("twice"));

        assertRefused(container.base().resolve("two"), second);
    }

    @Test
    void shouldRefuseALabelThatIsLoaded() {
        assertRefused(container.base().resolve("etc/launchd/daemons/" + LABEL + ".plist"), Path.of(LABEL));
    }

    /** One error of few words that names what it is about. */
    private void assertRefused(Path path, Path culprit) {
        Result result = container.lares("bootstrap", "system", path.toString());

        assertEquals(BAD, result.exit(), result.toString());
        assertTrue(result.err().contains(culprit.toString()), result.err());
        assertTrue(result.err().lines().count() <= 2 && result.err().length() < 1000, result.err());
    }

    private static byte[] content(String shape) {
        String good = GOOD.formatted("bad");
        return switch (shape) {
            case "empty" -> new byte[0];
            case "truncated XML" -> good.substring(0, good.indexOf("</array>")).getBytes(UTF_8);
            case "truncated binary" -> "bplist00\u0000\u0001\u0002".getBytes(UTF_8);
            case "garbage" -> "<<<<&&&&>>>> \u0000\u001b[2J".getBytes(UTF_8);
            case "binary garbage" -> {
                byte[] garbage = new byte[4096];
                new Random(7).nextBytes(garbage);
                System.arraycopy("bplist00".getBytes(UTF_8), 0, garbage, 0, 8);
                yield garbage;
            }
            case "entity bomb" -> bomb().getBytes(UTF_8);
            case "external entity" ->
                good.replace("<plist", "<!DOCTYPE plist [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>\n<plist")
                        .replace("/bin/true", "&e;")
                        .getBytes(UTF_8);
            case "huge" -> {
                byte[] huge = new byte[64 << 20];
                Arrays.fill(huge, (byte) ' ');
                System.arraycopy(good.getBytes(UTF_8), 0, huge, 0, good.length());
                yield huge;
            }
            case "many values" ->
                good.replace("<string>/bin/true</string>", "<string>a</string>".repeat(50_000))
                        .getBytes(UTF_8);
            case "deep" ->
                good.replace("<string>/bin/true</string>", "<array>".repeat(20_000) + "</array>".repeat(20_000))
                        .getBytes(UTF_8);
            case "not a dictionary" -> "<plist version=\"1.0\"><array/></plist>".getBytes(UTF_8);
            case "wrong encoding" -> good.replace("itests", "\u00e4").getBytes(ISO_8859_1);
            default -> throw new IllegalArgumentException(shape);
        };
    }

    /** A billion laughs. */
    private static String bomb() {
        StringBuilder entities = new StringBuilder("<!DOCTYPE plist [\n<!ENTITY a0 \"ha\">\n");
        for (int level = 1; level < 10; level++) {
            entities.append("<!ENTITY a%d \"%s\">\n".formatted(level, ("&a" + (level - 1) + ";").repeat(10)));
        }
        return GOOD.formatted("&a9;").replace("<plist", entities + "]>\n<plist");
    }

    private static JsonElement pid(JsonObject job) {
        return job.get("run").isJsonNull()
                ? job.get("run")
                : job.getAsJsonObject("run").get("pid");
    }

    private static Optional<Path> corpus() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path corpus = folder.resolve("shared/corpus/launchd");
            if (Files.isDirectory(corpus)) {
                return Optional.of(corpus);
            }
        }
        return Optional.empty();
    }
}
