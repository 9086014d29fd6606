package org.lares.shell.verb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lares.job.JobControl;
import org.lares.shell.FakeJobControl;
import org.lares.shell.client.Lares;

/** Command lines and what they print: src/test/resources/golden, rewritten with -Dlares.rewrite=true. */
class VerbsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private final FakeJobControl jobs = FakeJobControl.household();

    @TestFactory
    Stream<DynamicTest> shouldPrintAsTheGoldenFilesSay() {
        return Stream.of(
                        "list",
                        "list --json",
                        "version --help",
                        "list zeta",
                        "list no.such",
                        "print system",
                        "print system --json",
                        "print system/com.acme.clock",
                        "print com.acme.crasher",
                        "print system/org.lares.example.bundle",
                        "print system/org.lares.example.bundle --json",
                        "print zeta",
                        "blame com.acme.clock",
                        "blame --json com.acme.clock",
                        "blame zeta",
                        "explain system/com.acme.clock",
                        "explain --json system/com.acme.clock",
                        "history com.acme.clock",
                        "history -v org.lares.example.bundle",
                        "history --json com.acme.clock",
                        "kickstart -p com.acme.clock",
                        "kickstart --json -k com.acme.clock",
                        "help",
                        "help kickstart",
                        "list --help")
                .map(line -> DynamicTest.dynamicTest(line, () -> assertGolden(line)));
    }

    private void assertGolden(String line) throws IOException {
        String actual = run(jobs, line).transcript();
        Path file = GOLDEN.resolve(line.replace(" ", "_").replace('/', '+') + ".txt");
        if (Boolean.getBoolean("lares.rewrite")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(file, actual, StandardCharsets.UTF_8);
        }
        assertEquals(Files.readString(file, StandardCharsets.UTF_8), actual);
    }

    private static Call run(JobControl jobs, String line) throws IOException {
        return Call.root(jobs, line.split(" "));
    }

    @Test
    void shouldPrintTheSameOverviewWithoutAContainer() throws IOException {
        try (InputStream text = Lares.class.getResourceAsStream("overview.txt")) {
            assertEquals(run(jobs, "help").out(), new String(text.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldAlignColumnsOnATerminalOnly() throws IOException {
        Call terminal = Call.as(0, jobs, OptionalInt.of(80), "list", "zeta");
        assertEquals(
                "PID  Status  Label  State        Since/Next  Runs  Where\n"
                        + "-    0       zeta   not running  -           0     program\n",
                terminal.out());
        assertEquals(
                "PID\tStatus\tLabel\tState\tSince/Next\tRuns\tWhere\n-\t0\tzeta\tnot running\t-\t0\tprogram\n",
                run(jobs, "list zeta").out());
        assertFalse(terminal.out().contains("\t"));
    }
}
