package org.lares.sandbox.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpFlagsTest {
    @Test
    void shouldTakeOverOnlyWhatDecidesOfTheMapping() {
        List<String> flags = List.of(
                "-Xmx64m",
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:OnError=rm x",
                "-javaagent:/a.jar",
                "-agentpath:/a.so",
                "-Xlog:all:file=/x",
                "-Da=b",
                "-XX:-UseCompressedClassPointers",
                "--add-opens",
                "java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED");

        assertEquals(
                Optional.of(List.of(
                        "-XX:-UseCompressedClassPointers",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseG1GC")),
                DumpFlags.of(flags, 17, true));
    }

    @Test
    void shouldLinkWhereTheJdkCan() {
        assertEquals(Optional.of(List.of("-XX:+UseG1GC", "-XX:+AOTClassLinking")), DumpFlags.of(List.of(), 25, true));
        assertEquals(Optional.of(List.of("-XX:+UseG1GC")), DumpFlags.of(List.of(), 25, false));
    }

    @Test
    void shouldDumpForAnotherHeapWithItsCollector() {
        assertEquals(Optional.of(List.of("-XX:+UseZGC")), DumpFlags.of(List.of("-XX:+UseZGC"), 17, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Xshare:off",
                "-XX:SharedArchiveFile=/x",
                "-XX:AOTCache=/x",
                "--patch-module=java.base=/x",
                "-Xbootclasspath/a:/x",
                "@/x",
                "-XX:Flags=/x",
                "-Djava.system.class.loader=x"
            })
    void shouldRefuseFlagsWithWhichNothingIsShared(String flag) {
        assertEquals(Optional.empty(), DumpFlags.of(List.of("-Xmx64m", flag), 17, true));
    }
}
