package org.lares.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lares.shell.verb.Verbs;

/** What README.md and docs/ tell people to type exists, and what they point to is there. */
class ReadmeTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
    private static final Pattern COMMAND = Pattern.compile("bin/lares ([^\\n`]+)");
    private static final Pattern JOB_COMMAND = Pattern.compile("\\bjob:([a-z]+)");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#[^)]*)?\\)");
    private static final Pattern FEATURE = Pattern.compile("feature:install (lares-[a-z-]+)");

    /** Of the client itself, so not in the table. */
    private static final String SHELL = "shell";

    private static final Map<String, Verbs.Entry> VERBS =
            Verbs.all().stream().collect(Collectors.toMap(Verbs.Entry::name, Function.identity()));

    @Test
    void shouldUseVerbsAndOptionsThatExist() throws IOException {
        List<String> wrong = new ArrayList<>();
        int commands = 0;
        for (Path page : pages()) {
            Matcher command = COMMAND.matcher(read(page));
            while (command.find()) {
                commands++;
                check(command.group(1), page, wrong);
            }
            Matcher job = JOB_COMMAND.matcher(read(page));
            while (job.find()) {
                if (!VERBS.containsKey(job.group(1))) {
                    wrong.add(page + ": " + job.group());
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(commands > 10, "commands were found");
    }

    private static void check(String line, Path page, List<String> wrong) {
        // What stands behind two blanks explains the command
        String[] words = line.strip().split(" {2,}")[0].split("[ ,;]+");
        if (words[0].equals(SHELL)) {
            return;
        }
        Verbs.Entry verb = VERBS.get(words[0]);
        if (verb == null) {
            wrong.add(page + ": " + line);
            return;
        }
        for (int i = 1; i < words.length; i++) {
            if (words[i].startsWith("-") && !verb.options().contains(words[i])) {
                wrong.add(page + ": " + words[i] + " of " + line);
            }
        }
        if (words[0].equals("help") && words.length > 1 && !VERBS.containsKey(words[1]) && !words[1].equals(SHELL)) {
            wrong.add(page + ": " + line);
        }
    }

    @Test
    void shouldPointToFilesThatExist() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(read(page));
            while (link.find()) {
                if (!link.group(1).contains(":")
                        && !Files.exists(page.getParent().resolve(link.group(1)))) {
                    missing.add(page + ": " + link.group(1));
                }
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void shouldShowTheExampleAsItIs() throws IOException {
        List<String> java = blocks("java");
        assertFalse(java.isEmpty());
        String ticker = read(ROOT.resolve("examples/ticker/src/main/java/org/lares/example/ticker/Ticker.java"));
        java.forEach(block -> assertTrue(ticker.contains(block), block));
    }

    @Test
    void shouldNameTheVersionsOfTheBuild() throws IOException {
        String pom = read(ROOT.resolve("pom.xml"));
        String needs = blocks("xml").stream()
                .filter(block -> block.contains("bnd-maven-plugin"))
                .findFirst()
                .orElseThrow();
        assertEquals(property(pom, "bnd.version"), version(needs, "bnd-maven-plugin"));
        assertEquals(property(pom, "slf4j.version"), version(needs, "slf4j-api"));
        for (String artifact : List.of("org.osgi.service.component.annotations", "org.lares.job")) {
            String managed = version(pom, artifact);
            String expected = managed.equals("${project.version}") ? version(pom, "lares") : managed;
            assertEquals(expected, version(needs, artifact));
        }
    }

    private static String property(String pom, String name) {
        return find("<" + Pattern.quote(name) + ">([^<]*)<", pom);
    }

    private static String version(String pom, String artifact) {
        return find("<artifactId>" + Pattern.quote(artifact) + "</artifactId>\\s*<version>([^<]*)<", pom);
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), pattern);
        return matcher.group(1);
    }

    @Test
    void shouldInstallFeaturesThatExist() throws IOException {
        String features = read(ROOT.resolve("features/src/main/feature/feature.xml"));
        for (Path page : pages()) {
            Matcher feature = FEATURE.matcher(read(page));
            while (feature.find()) {
                assertTrue(features.contains("<feature name=\"" + feature.group(1) + "\""), feature.group(1));
            }
        }
    }

    private static List<String> blocks(String language) throws IOException {
        return BLOCK.matcher(read(ROOT.resolve("README.md")))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs.sorted())
                    .toList();
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
