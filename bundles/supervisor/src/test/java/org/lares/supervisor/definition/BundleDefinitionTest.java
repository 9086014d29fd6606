package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.KeepAlive;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.job.Work;

/** What a bundle's capability, and the list that it names, come to. */
class BundleDefinitionTest {

    @Test
    void shouldTakeACapabilityAlone() {
        JobSpec spec = spec(Map.of(), "");
        assertEquals("com.acme.clock", spec.label().value());
        assertEquals(Work.BundleWork.installed(7, "com.acme", Isolation.CONTAINER), spec.work());
        assertEquals(new Origin.BundleOrigin(7, "com.acme", "1.2.0"), spec.origin());
    }

    @Test
    void shouldReadScalarsInWhateverTypeTheyCome() {
        JobSpec spec = spec(
                Map.of(
                        "RunAtLoad",
                        "true",
                        "KeepAlive",
                        true,
                        "ThrottleInterval",
                        "3",
                        "ExitTimeOut",
                        4L,
                        "StartInterval",
                        5.0,
                        "LaunchOnlyOnce",
                        List.of("true"),
                        "WatchdogSeconds",
                        "1.5",
                        "Isolation",
                        "Container",
                        "Description",
                        CharBuffer.wrap("Ticks")),
                "");
        assertTrue(spec.policy().runAtLoad());
        assertTrue(spec.policy().launchOnlyOnce());
        assertEquals(KeepAlive.ALWAYS, spec.policy().keepAlive());
        assertEquals(Duration.ofSeconds(3), spec.policy().throttle());
        assertEquals(Duration.ofSeconds(4), spec.policy().exitTimeOut());
        assertEquals(Optional.of(Duration.ofSeconds(5)), spec.policy().startInterval());
        assertEquals(Optional.of(Duration.ofMillis(1500)), spec.policy().watchdog());
        assertEquals("Ticks", spec.description());
    }

    @Test
    void shouldTakeTheDefaultsOfAnnotationsForNothing() {
        JobSpec spec = spec(
                Map.of(
                        "StartInterval",
                        0,
                        "WatchdogSeconds",
                        "0",
                        "Isolation",
                        "",
                        "Description",
                        "",
                        "definition",
                        ""),
                "");
        assertEquals(Policy.ON_DEMAND, spec.policy());
    }

    @ParameterizedTest
    @CsvSource({
        "RunAtLoad, yes",
        "ThrottleInterval, soon",
        "ThrottleInterval, -1",
        "ThrottleInterval, 1.5",
        "KeepAlive, 1",
        "kind, demon",
        "kind, agent",
        "kind, login-item",
        "kind, xpc-service",
        "QuarantineOnFailure, 101",
        "WarmInstances, 9",
        "Isolation, Sandbox",
        "Program, /bin/true",
        "runAtLoad, true",
        "label, a/b"
    })
    void shouldBeStrictInMeaning(String attribute, String value) {
        Remark error = Fixture.error(read(Map.of(attribute, value), ""));
        assertEquals(attribute.equals("label") ? "Label" : attribute, error.key());
        assertEquals("bundle com.acme/1.2.0 [7]", error.where());
    }

    @Test
    void shouldJoinTheListWithTheCapability() {
        JobSpec spec = spec(
                Map.of("RunAtLoad", "true"),
                Fixture.list(
                        "<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>",
                        "<key>RunAtLoad</key><true/>",
                        "<key>Label</key><string>com.acme.clock</string>"));
        assertEquals(KeepAlive.onSuccessfulExit(false), spec.policy().keepAlive());
        assertTrue(spec.policy().runAtLoad());
    }

    @Test
    void shouldRefuseTwoAnswersToOneQuestion() {
        Remark error = Fixture.error(
                read(Map.of("ThrottleInterval", 3L), Fixture.list("<key>ThrottleInterval</key><integer>4</integer>")));
        assertEquals("ThrottleInterval", error.key());
        assertEquals("bundle com.acme/1.2.0 [7]!/LARES-INF/clock.plist", error.where());
        assertEquals(4, error.line());
    }

    @Test
    void shouldRefuseAProgramInABundlesList() {
        Remark error = Fixture.error(read(Map.of(), Fixture.list("<key>Program</key><string>/bin/a</string>")));
        assertEquals("Program", error.key());
        assertEquals(4, error.line());
    }

    @Test
    void shouldTellThatTheListIsNotInTheBundle() {
        Verification verification = new Definitions(Fixture.ROOT)
                .ofBundle(
                        7,
                        "com.acme",
                        "1.2.0",
                        Map.of("label", "a", "kind", "daemon", "definition", "gone.plist"),
                        path -> Optional.empty());
        assertTrue(Fixture.error(verification).message().contains("gone.plist"));
    }

    @Test
    void shouldTellThatTheListCannotBeRead() {
        InputStream broken = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                throw new IOException("the disk is gone");
            }
        };
        Verification verification = new Definitions(Fixture.ROOT)
                .ofBundle(
                        7,
                        "com.acme",
                        "1.2.0",
                        Map.of("label", "a", "kind", "daemon", "definition", "a.plist"),
                        path -> Optional.of(broken));
        assertTrue(Fixture.error(verification).message().contains("the disk is gone"));
    }

    private static JobSpec spec(Map<String, Object> attributes, String list) {
        Verification verification = read(attributes, list);
        return verification
                .spec()
                .orElseThrow(() -> new AssertionError(verification.remarks().toString()));
    }

    private static Verification read(Map<String, ?> attributes, String list) {
        Map<String, Object> all = new HashMap<>(Map.of("label", "com.acme.clock", "kind", "daemon"));
        if (!list.isEmpty()) {
            all.put("definition", "LARES-INF/clock.plist");
        }
        all.putAll(attributes);
        return new Definitions(Fixture.ROOT)
                .ofBundle(
                        7,
                        "com.acme",
                        "1.2.0",
                        all,
                        path -> path.equals("LARES-INF/clock.plist")
                                ? Optional.of(new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)))
                                : Optional.empty());
    }
}
