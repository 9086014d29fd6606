package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.job.Work;

/** What an administrator's configuration does to a definition. */
class OverlayTest {
    private static final String PID = "org.lares.job~com.acme.clock";

    @Test
    void shouldMoveABundleByOneKey() {
        JobSpec spec = spec(Map.of("Isolation", "Process", "service.pid", PID, "felix.fileinstall.filename", "x"));
        assertEquals(Isolation.PROCESS, ((Work.BundleWork) spec.work()).isolation());
        assertEquals(Map.of("Isolation", PID), spec.overlaid());
    }

    @Test
    void shouldReadStringsAsACapabilitysAreRead() {
        JobSpec spec = spec(Map.of(
                "Isolation", "Process",
                "Limits.Memory", "256M",
                "Limits.Processes", "100",
                "JavaOptions", " -Xmx64m  -ea ",
                "WarmInstances", "2",
                "Disabled", "true",
                "BackOff.Initial", "1.5"));
        Work.BundleWork work = (Work.BundleWork) spec.work();
        assertEquals(OptionalLong.of(256L << 20), work.limits().memory());
        assertEquals(OptionalInt.of(100), work.limits().processes());
        assertEquals(List.of("-Xmx64m", "-ea"), work.host().javaOptions());
        assertEquals(2, work.host().warmInstances());
        assertTrue(spec.policy().disabled());
        assertEquals(
                Duration.ofMillis(1500), spec.policy().backOff().orElseThrow().initial());
    }

    @Test
    void shouldTakeTypedArrays() {
        JobSpec spec = spec(Map.of("Isolation", "Process", "JavaOptions", new String[] {"-Da=b c", "-ea"}));
        assertEquals(
                List.of("-Da=b c", "-ea"),
                ((Work.BundleWork) spec.work()).host().javaOptions());
    }

    @Test
    void shouldWinKeyByKey() {
        JobSpec spec = spec(
                Map.of("ThrottleInterval", 5, "KeepAlive.Crashed", "true"),
                "<key>ThrottleInterval</key><integer>3</integer>",
                "<key>ExitTimeOut</key><integer>4</integer>",
                "<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>");
        assertEquals(Duration.ofSeconds(5), spec.policy().throttle());
        assertEquals(Duration.ofSeconds(4), spec.policy().exitTimeOut());
        assertEquals(Optional.of(false), spec.policy().keepAlive().successfulExit());
        assertEquals(Optional.of(true), spec.policy().keepAlive().crashed());
    }

    @Test
    void shouldTakeAKeyAway() {
        JobSpec spec = spec(
                Map.of("StartInterval", "0", "KeepAlive", "", "Limits.CPU", ""),
                "<key>StartInterval</key><integer>3</integer>",
                "<key>KeepAlive</key><true/>");
        assertTrue(spec.policy().startInterval().isEmpty());
        assertEquals(KeepAlive.NEVER, spec.policy().keepAlive());
    }

    @Test
    void shouldBeSeenBesideTheBundlesOwnLimits() {
        JobSpec spec = spec(
                Map.of("Limits.CPU", 2),
                "<key>Isolation</key><string>Process</string>",
                "<key>Limits</key><dict><key>Memory</key><string>64M</string></dict>");
        Work.BundleWork work = (Work.BundleWork) spec.work();
        assertEquals(64L << 20, work.limits().memory().orElseThrow());
        assertEquals(2, work.limits().cpu().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({
        "Isolation, Proces",
        "Isolation, Sandbox",
        "Limits.Memory, much",
        "Limits.CPU, 0",
        "WarmInstances, 9",
        "QuarantineOnFailure, often",
        "Program, /bin/true",
        "Label, other",
        "isolation, Process",
        "Limits, 5",
        "JavaOptions, -jar"
    })
    void shouldRefuseABadValueAndNameTheConfiguration(String key, String value) {
        Verification read = read(Map.of(key, value), "<key>Isolation</key><string>Process</string>");
        Remark error = Fixture.error(read);
        assertEquals(PID, error.where());
        assertTrue(error.key().startsWith(key), error::toString);
        assertFalse(error.remedy().isEmpty());
        assertTrue(Overlay.isAtFault(PID, read.remarks()));
    }

    @Test
    void shouldRefuseAMoveThatWouldLoseTheLimits() {
        Verification read = read(
                Map.of("Isolation", "Container"),
                "<key>Isolation</key><string>Process</string>",
                "<key>Limits</key><dict><key>Memory</key><string>64M</string></dict>");
        assertEquals("Limits", Fixture.error(read).key());
    }

    @Test
    void shouldHoldForAProgramToo() {
        Definitions definitions = new Definitions(
                Fixture.ROOT, label -> Optional.of(new Overlay(PID, Map.of("Limits.Files", "64", "RunAtLoad", true))));
        JobSpec spec = definitions
                .read(
                        Fixture.job().getBytes(StandardCharsets.UTF_8),
                        Fixture.FILE.toString(),
                        new Origin.FileOrigin(Fixture.FILE))
                .spec()
                .orElseThrow();
        assertEquals(
                OptionalInt.of(64), ((Work.ProgramWork) spec.work()).limits().files());
        assertTrue(spec.policy().runAtLoad());
        assertEquals(Map.of("Limits.Files", PID, "RunAtLoad", PID), spec.overlaid());
    }

    @Test
    void shouldBeEqualIfItSaysTheSame() {
        assertEquals(
                new Overlay(PID, Map.of("JavaOptions", new String[] {"-ea"}, "service.pid", PID)),
                new Overlay(PID, Map.of("JavaOptions", new String[] {"-ea"}, "felix.fileinstall.filename", "x")));
    }

    private static JobSpec spec(Map<String, Object> overlay, String... lines) {
        Verification read = read(overlay, lines);
        return read.spec().orElseThrow(() -> new AssertionError(read.remarks().toString()));
    }

    private static Verification read(Map<String, ?> overlay, String... lines) {
        byte[] list = Fixture.list(lines).getBytes(StandardCharsets.UTF_8);
        Label clock = Label.of("com.acme.clock");
        return new Definitions(
                        Fixture.ROOT,
                        label -> label.equals(clock)
                                ? Optional.of(new Overlay(PID, Map.copyOf(overlay)))
                                : Optional.empty())
                .ofBundle(
                        7,
                        "com.acme",
                        "1.0.0",
                        Map.of("label", "com.acme.clock", "kind", "daemon", "definition", "job.plist"),
                        path -> Optional.of(new ByteArrayInputStream(list)));
    }
}
