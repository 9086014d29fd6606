package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lares.job.JobSpec;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.supervisor.definition.Key.Standing;

/** Each key of the table: a value that is taken as its class says, one that is not, and what it changes. */
class KeyTableTest {

    private static final Set<String> BUNDLES =
            Set.of("WatchdogSeconds", "Isolation", "JavaOptions", "WarmInstances", "Repository", "QuarantineOnFailure");

    static Stream<String> everyKey() {
        return KeyTable.keys().stream().map(Key::path);
    }

    static Stream<String> everyKeyThatSomethingComesOf() {
        return KeyTable.keys().stream()
                .filter(key -> key.standing() == Standing.HONOURED || key.standing() == Standing.DIFFERS)
                .filter(key ->
                        KeyTable.namesIn(key.path()).isEmpty() || key.types().contains(Type.BOOLEAN))
                .filter(key -> !KeyTable.freeNames().contains(key.path()))
                .map(Key::path);
    }

    @ParameterizedTest
    @MethodSource("everyKey")
    void shouldTakeAGoodValueAsItsClassSays(String path) {
        Key key = KeyTable.of(path);
        Verification verification = define(key, good(key));
        List<Remark> errors = Fixture.errors(verification);
        if (key.refusesList()) {
            assertEquals(1, errors.size(), errors::toString);
            assertEquals(shown(path), errors.get(0).key());
            assertEquals(key.statement(), errors.get(0).message());
            assertFalse(errors.get(0).remedy().isEmpty());
            return;
        }
        assertTrue(verification.ok(), errors::toString);
        boolean said = Fixture.notes(verification).stream()
                .anyMatch(note -> shown(path).equals(note.key()) || shown(path).startsWith(note.key() + "."));
        assertEquals(key.standing() != Standing.HONOURED, said, () -> verification
                .remarks()
                .toString());
    }

    @ParameterizedTest
    @MethodSource("everyKey")
    void shouldRefuseABadValueAndNameTheKeyAndARemedy(String path) {
        Key key = KeyTable.of(path);
        for (String bad : bad(key)) {
            Verification verification = define(key, bad);
            assertFalse(verification.ok(), () -> path + " took " + bad);
            assertTrue(
                    Fixture.errors(verification).stream()
                            .anyMatch(error -> error.key().equals(shown(path))
                                    && !error.remedy().isEmpty()
                                    && !error.message().equals(key.statement())),
                    () -> path + " with " + bad + ": " + verification.remarks());
        }
    }

    @ParameterizedTest
    @MethodSource("everyKeyThatSomethingComesOf")
    void shouldBeSeenInTheSpecIfHonoured(String path) {
        Key key = KeyTable.of(path);
        JobSpec with = define(key, good(key)).spec().orElseThrow();
        JobSpec without = define(key, "").spec().orElseThrow();
        assertNotEquals(
                List.of(without.label(), without.work(), without.policy(), without.description()),
                List.of(with.label(), with.work(), with.policy(), with.description()));
    }

    @Test
    void shouldSayWhatIsSoOfEachKey() {
        for (Key key : KeyTable.keys()) {
            assertFalse(key.meaning().isBlank(), key.path());
            assertEquals(key.standing() == Standing.HONOURED, key.here().isEmpty(), key.path());
            assertEquals(key.standing() == Standing.NOT_YET, key.issue().isPresent(), key.path());
            if (key.standing() == Standing.REFUSED) {
                assertFalse(key.remedy().isBlank(), key.path());
            }
            for (String text : List.of(key.meaning(), key.here(), key.remedy())) {
                assertFalse(text.endsWith("."), key.path());
            }
        }
    }

    @Test
    void shouldKnowEveryKeyOfTheManualAndOfLaunchd() {
        // semantics.md, section 1; sub-keys after a dot.
        Set<String> known = Set.copyOf(everyKey().toList());
        for (String path : ("Label Disabled UserName GroupName InitGroups LimitLoadToSessionType LimitLoadToHardware"
                        + " LimitLoadFromHardware LimitLoadToHosts LimitLoadFromHosts AssociatedBundleIdentifiers"
                        + " SpawnConstraint BundleProgram Program ProgramArguments EnableGlobbing RootDirectory"
                        + " WorkingDirectory EnvironmentVariables Umask UserEnvironmentVariables StandardInPath"
                        + " StandardOutPath StandardErrorPath WaitForDebugger Debug inetdCompatibility"
                        + " inetdCompatibility.Wait inetdCompatibility.Instances KeepAlive KeepAlive.SuccessfulExit"
                        + " KeepAlive.Crashed KeepAlive.PathState KeepAlive.OtherJobEnabled KeepAlive.NetworkState"
                        + " KeepAlive.OtherJobActive KeepAlive.AfterInitialDemand RunAtLoad LaunchOnlyOnce OnDemand"
                        + " ServiceIPC TimeOut HopefullyExitsFirst HopefullyExitsLast ThrottleInterval ExitTimeOut"
                        + " EnableTransactions EnablePressuredExit AbandonProcessGroup StartInterval"
                        + " StartCalendarInterval StartCalendarInterval.Minute StartCalendarInterval.Hour"
                        + " StartCalendarInterval.Day StartCalendarInterval.Weekday StartCalendarInterval.Month"
                        + " WatchPaths QueueDirectories StartOnMount LaunchEvents Sockets Sockets.*.SockType"
                        + " Sockets.*.SockPassive Sockets.*.SockNodeName Sockets.*.SockServiceName"
                        + " Sockets.*.SockFamily Sockets.*.SockProtocol Sockets.*.SockPathName"
                        + " Sockets.*.SockPathOwner Sockets.*.SockPathGroup Sockets.*.SockPathMode Sockets.*.Bonjour"
                        + " Sockets.*.MulticastGroup Sockets.*.SecureSocketWithKey MachServices"
                        + " MachServices.*.ResetAtClose MachServices.*.HideUntilCheckIn"
                        + " MachServices.*.DrainMessagesOnCrash MachServices.*.PingEventUpdates"
                        + " MachServices.*.HostSpecialPort MachServices.*.TaskSpecialPort"
                        + " MachServices.*.ExceptionServer ProcessType Nice LowPriorityIO LowPriorityBackgroundIO"
                        + " LegacyTimers MaterializeDatalessFiles SoftResourceLimits HardResourceLimits"
                        + " SoftResourceLimits.Core SoftResourceLimits.CPU SoftResourceLimits.Data"
                        + " SoftResourceLimits.FileSize SoftResourceLimits.MemoryLock"
                        + " SoftResourceLimits.NumberOfFiles SoftResourceLimits.NumberOfProcesses"
                        + " SoftResourceLimits.ResidentSetSize SoftResourceLimits.Stack SessionCreate"
                        + " MultipleInstances SandboxProfile SandboxFlags QuarantineData JetsamProperties Policies"
                        + " Policies.DenyCreatingOtherJobs MachServiceLookupPolicies DisableASLR"
                        + " BinaryOrderPreference MachExceptionHandler EventMonitor ShutdownMonitor"
                        + " BeginTransactionAtShutdown AuditSessionID JoinGUISession POSIXSpawnType"
                        + " PerJobMachServices XPCDomain IgnoreProcessGroupAtShutdown CFBundleIdentifier BonjourFDs")
                .split(" ", -1)) {
            assertTrue(known.contains(path), path);
        }
    }

    /** A definition that is right but for the key with that value; without it if the value is empty. */
    private static Verification define(Key key, String value) {
        String[] names = key.path().split("\\.", -1);
        StringBuilder lines = new StringBuilder();
        if (!value.isEmpty()) {
            for (int i = 0; i < names.length; i++) {
                String parent = String.join(".", List.of(names).subList(0, i));
                lines.append(i == 0 ? "" : "<dict>")
                        .append(i == 0 ? "" : siblings(key, parent))
                        .append("<key>")
                        .append(named(parent, names[i]))
                        .append("</key>\n");
            }
            lines.append(value).append("</dict>".repeat(names.length - 1)).append('\n');
        }
        if (BUNDLES.contains(key.path())) {
            boolean hosted = BundleReading.BUNDLE_KEYS.contains(key.path())
                    && !key.path().equals("QuarantineOnFailure");
            byte[] list = Fixture.list((hosted ? "<key>Isolation</key><string>Process</string>" : "") + lines)
                    .getBytes(StandardCharsets.UTF_8);
            return new Definitions(Fixture.ROOT)
                    .ofBundle(
                            7,
                            "com.acme",
                            "1.0.0",
                            Map.of("label", "com.acme.clock", "kind", "daemon", "definition", "job.plist"),
                            path -> Optional.of(new ByteArrayInputStream(list)));
        }
        StringBuilder job = new StringBuilder();
        if (!key.path().equals("Label") || value.isEmpty()) {
            job.append("<key>Label</key><string>com.acme.clock</string>");
        }
        if (!Set.of("Program", "Bundle").contains(key.path()) || value.isEmpty()) {
            job.append("<key>Program</key><string>/bin/clock</string>");
        }
        if (key.path().equals("InitGroups")) {
            job.append("<key>UserName</key><string>nobody</string>");
        }
        return Fixture.read(Fixture.list(job.append(lines).toString()));
    }

    private static String siblings(Key key, String parent) {
        if (!parent.equals("GiveUp")) {
            return "";
        }
        return key.name().equals("Within")
                ? "<key>Failures</key><integer>3</integer>"
                : "<key>Within</key><integer>60</integer>";
    }

    private static String named(String parent, String name) {
        if (!name.equals("*")) {
            return name;
        }
        return parent.endsWith("PathState") ? "/tmp/x" : parent.contains("OtherJob") ? "com-acme-other" : "NAME";
    }

    private static String shown(String path) {
        String[] names = path.split("\\.", -1);
        StringBuilder shown = new StringBuilder();
        for (String name : names) {
            String parent = shown.toString();
            shown.append(parent.isEmpty() ? "" : ".").append(named(parent, name));
        }
        return shown.toString();
    }

    private static String good(Key key) {
        if (key.path().equals("GiveUp")) {
            return "<dict><key>Failures</key><integer>3</integer><key>Within</key><integer>60</integer></dict>";
        }
        if (key.path().equals("Isolation")) {
            return "<string>Process</string>";
        }
        Type type = Stream.of(Type.BOOLEAN, Type.INTEGER, Type.STRING, Type.ARRAY, Type.DICTIONARY)
                .filter(key.types()::contains)
                .findFirst()
                .orElseThrow();
        if (type == Type.ARRAY) {
            Type element = Stream.of(Type.STRING, Type.INTEGER, Type.DICTIONARY)
                    .filter(key.elements()::contains)
                    .findFirst()
                    .orElseThrow();
            return "<array>" + good(key, element) + "</array>";
        }
        return good(key, type);
    }

    private static String good(Key key, Type type) {
        return switch (type) {
            case BOOLEAN -> key.byDefault().equals("true") ? "<false/>" : "<true/>";
            case INTEGER ->
                key.most() == 1
                        ? "<real>0.5</real>"
                        : "<integer>" + (long) Math.max(key.least(), Math.min(key.most(), 7)) + "</integer>";
            case STRING -> "<string>" + goodText(key) + "</string>";
            default -> "<dict/>";
        };
    }

    private static String goodText(Key key) {
        if (!key.words().isEmpty()) {
            return key.words().get(key.words().size() - 1);
        }
        return switch (key.format()) {
            case ABSOLUTE_PATH -> "/bin/other";
            case LABEL -> "com.acme.other";
            case BUNDLE -> "mvn:com.acme/com.acme.clock/1.0.0";
            case JAVA_OPTION -> "-Xmx64m";
            default -> "nobody";
        };
    }

    private static List<String> bad(Key key) {
        Stream.Builder<String> bad = Stream.builder();
        bad.add("<integer>ten</integer>").add("<flag/>");
        Map<Type, String> samples = Map.of(
                Type.BOOLEAN, "<true/>",
                Type.INTEGER, "<integer>1</integer>",
                Type.STRING, "<string>a</string>",
                Type.ARRAY, "<array/>",
                Type.DICTIONARY, "<dict/>",
                Type.DATE, "<date>2026-01-01T00:00:00Z</date>",
                Type.DATA, "<data>AAAA</data>");
        samples.forEach((type, sample) -> {
            // A variable that is no string is ignored, as launchd does.
            if (!key.types().contains(type) && !key.path().equals("EnvironmentVariables.*")) {
                bad.add(sample);
            }
        });
        if (key.types().contains(Type.INTEGER) && Double.isFinite(key.least())) {
            bad.add("<integer>" + (long) (Math.floor(key.least()) - 1) + "</integer>");
            if (key.most() < Long.MAX_VALUE) {
                bad.add("<integer>" + (long) (key.most() + 1) + "</integer>");
            }
        }
        if (!key.words().isEmpty() && key.types().contains(Type.STRING)) {
            bad.add("<string>nonesuch</string>");
        }
        switch (key.format()) {
            case ANY -> {}
            case NOT_EMPTY, OCTAL -> bad.add("<string> </string>");
            case LABEL -> bad.add("<string>../etc</string>");
            case ABSOLUTE_PATH -> bad.add("<string>bin/clock</string>");
            case SIZE -> bad.add("<string>much</string>").add("<string>1K</string>");
            case BUNDLE -> bad.add("<string>bin/clock.jar</string>").add("<string>http://a/b.jar</string>");
            case JAVA_OPTION -> bad.add("<string>-jar</string>");
        }
        return bad.build().toList();
    }
}
