package org.lares.supervisor.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The golden scenarios: a command, {@code ----}, what it led to. {@code -Drewrite} writes the files anew; commit only
 * differences that you understand.
 */
class ScenarioTest {
    private static final Path FOLDER = Path.of("src/test/scenarios");

    @TestFactory
    Stream<DynamicTest> shouldDoAsTheScenarioSays() throws IOException {
        return scenarios().stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), file.toUri(), () -> play(file)));
    }

    @Test
    void shouldHaveScenariosForAllThatIsPromised() throws IOException {
        assertTrue(scenarios().size() >= 25, "at least 25 scenarios");
    }

    private static List<Path> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    private static void play(Path file) {
        try {
            String expected = Files.readString(file);
            String actual = ScenarioScript.play(expected);
            if (System.getProperty("rewrite") != null) {
                Files.writeString(file, actual);
            } else {
                assertEquals(expected, actual, "run with -Drewrite if this is as it should be");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
