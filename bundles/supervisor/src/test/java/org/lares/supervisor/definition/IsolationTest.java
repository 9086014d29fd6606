package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.job.HostOptions;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.Limits;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.job.Work;

/** Where a job runs, how its process is made and what it may have. */
class IsolationTest {
    @TempDir
    Path folder;

    @Test
    void shouldTakeABundleIntoAProcessOfItsOwn() {
        Work.BundleWork work = bundle(
                "<key>Isolation</key><string>Process</string>",
                "<key>JavaOptions</key><array><string>-Xmx64m</string><string>-Da=b c</string></array>",
                "<key>WarmInstances</key><integer>2</integer>",
                "<key>Repository</key><array><string>/srv/bundles</string></array>",
                "<key>Limits</key><dict><key>Memory</key><string>256M</string><key>CPU</key><real>0.5</real>"
                        + "<key>Processes</key><integer>100</integer><key>Files</key><integer>64</integer></dict>");
        assertEquals(Isolation.PROCESS, work.isolation());
        assertEquals(new HostOptions(List.of("-Xmx64m", "-Da=b c"), 2, List.of(Path.of("/srv/bundles"))), work.host());
        assertEquals(
                new Limits(
                        OptionalLong.of(256L << 20),
                        OptionalDouble.of(0.5),
                        OptionalInt.of(100),
                        OptionalInt.of(64),
                        false),
                work.limits());
    }

    @Test
    void shouldTakeLimitsOfPrograms() {
        JobSpec spec = Fixture.read(Fixture.job("<key>Limits</key><dict><key>Memory</key><integer>1048576</integer>"
                        + "<key>Advisory</key><true/></dict>"))
                .spec()
                .orElseThrow();
        Limits limits = ((Work.ProgramWork) spec.work()).limits();
        assertEquals(OptionalLong.of(1 << 20), limits.memory());
        assertTrue(limits.advisory());
    }

    @Test
    void shouldRefuseLimitsThatASharedJvmCannotKeep() {
        String limits = "<key>Limits</key><dict><key>CPU</key><integer>1</integer>%s</dict>";
        Remark error = Fixture.error(read(String.format(limits, "")));
        assertEquals("Limits", error.key());
        assertTrue(error.remedy().contains("Isolation Process"));

        Verification advisory = read(String.format(limits, "<key>Advisory</key><true/>"));
        assertTrue(advisory.ok());
        assertEquals("Limits", Fixture.notes(advisory).get(0).key());
    }

    @Test
    void shouldKeepForAMoveWhatSaysNothingInTheContainer() {
        Verification read = read("<key>JavaOptions</key><array><string>-ea</string></array>");
        assertEquals("JavaOptions", Fixture.notes(read).get(0).key());
        assertEquals(
                List.of("-ea"),
                ((Work.BundleWork) read.spec().orElseThrow().work()).host().javaOptions());
    }

    @Test
    void shouldSayThatQuarantineSaysNothingOutside() {
        Verification read = read(
                "<key>Isolation</key><string>Process</string>", "<key>QuarantineOnFailure</key><integer>3</integer>");
        assertEquals("QuarantineOnFailure", Fixture.notes(read).get(0).key());
    }

    @ParameterizedTest
    @ValueSource(strings = {"JavaOptions", "WarmInstances", "Repository", "QuarantineOnFailure"})
    void shouldRefuseKeysOfBundlesForPrograms(String key) {
        boolean number = key.equals("WarmInstances") || key.equals("QuarantineOnFailure");
        Remark error = Fixture.error(
                Fixture.read(Fixture.job("<key>" + key + "</key>" + (number ? "<integer>1</integer>" : "<array/>"))));
        assertEquals(key, error.key());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-cp",
                "-classpath",
                "-jar",
                "--module-path=/a",
                "--add-opens",
                "@/etc/options",
                "Main",
                "",
                "-version",
                "-Djdk.serialFilter=*",
                "-Djava.class.path=/a",
                "-XX:ErrorFile=/a",
                "-XX:-CrashOnOutOfMemoryError",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:OnOutOfMemoryError=reboot",
                "-XX:SharedArchiveFile=/a",
                "-XX:DumpLoadedClassList=/a",
                "-XX:AOTCache=/a",
                "-XX:VMOptionsFile=/a",
                "-Xshare:off",
                "-Xbootclasspath/a:/a.jar"
            })
    void shouldRefuseOptionsThatWouldBreakTheHost(String option) {
        Remark error = Fixture.error(read(
                "<key>Isolation</key><string>Process</string>",
                "<key>JavaOptions</key><array><string>-ea</string><string>" + option + "</string></array>"));
        assertEquals("JavaOptions[1]", error.key());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:+HeapDumpOnOutOfMemoryError",
                "-Duser.timezone=UTC",
                "-ea:com.acme...",
                "-agentlib:jdwp=transport=dt_socket,server=y",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-preview"
            })
    void shouldTakeOptionsOfTheJvm(String option) {
        assertEquals(Optional.empty(), JavaOptions.objection(option));
    }

    @Test
    void shouldRunABundleThatAListNames() throws IOException {
        Path jar = jar("job.jar", "com.acme.clock;singleton:=true", "");
        Work.BundleWork work = (Work.BundleWork) list(jar).spec().orElseThrow().work();
        assertEquals("com.acme.clock", work.symbolicName());
        assertEquals(Optional.of(jar.toString()), work.location());
        assertEquals(Isolation.PROCESS, work.isolation());
        assertTrue(work.bundleId().isEmpty());
    }

    @Test
    void shouldTakeUrls() throws IOException {
        Path jar = jar("a job.jar", "com.acme.clock", "");
        Work.BundleWork file = (Work.BundleWork)
                list(jar.toUri().toString()).spec().orElseThrow().work();
        assertEquals(Optional.of(jar.toString()), file.location());
        Work.BundleWork maven = (Work.BundleWork)
                list("mvn:com.acme/clock/1.0/jar").spec().orElseThrow().work();
        assertEquals(Optional.of("mvn:com.acme/clock/1.0/jar"), maven.location());
        assertEquals("clock", maven.symbolicName());
    }

    @Test
    void shouldLetTheListWinOverTheBundlesOwnDefinition() throws IOException {
        Path jar = jar(
                "job.jar",
                "com.acme.clock",
                "osgi.ee;filter:=\"(a=b)\",org.lares.job;label=inner;kind=daemon;Isolation=Container;"
                        + "Description=\"ticks, and; more\";ThrottleInterval:Long=3;RunAtLoad=true;definition=job.plist",
                "<key>StartInterval</key><integer>9</integer>");
        JobSpec spec = list(jar, "<key>ThrottleInterval</key><integer>7</integer>")
                .spec()
                .orElseThrow();
        assertEquals("com.acme.clock", spec.label().value());
        assertEquals("ticks, and; more", spec.description());
        assertEquals(7, spec.policy().throttle().toSeconds());
        assertEquals(9, spec.policy().startInterval().orElseThrow().toSeconds());
        assertTrue(spec.policy().runAtLoad());
        assertEquals(Isolation.PROCESS, ((Work.BundleWork) spec.work()).isolation());
    }

    @Test
    void shouldNotRunABundleOutsideOfTheSandboxThatItAsksFor() throws IOException {
        Path jar = jar("job.jar", "com.acme.clock", "org.lares.job;label=a;kind=daemon;Isolation=Sandbox");
        Remark error = Fixture.error(list(jar));
        assertEquals("Isolation", error.key());
        assertEquals(jar.toString(), error.where());
    }

    @Test
    void shouldRefuseAListsBundleInTheContainer() throws IOException {
        Remark error =
                Fixture.error(list(jar("job.jar", "com.acme", ""), "<key>Isolation</key><string>Container</string>"));
        assertEquals("Isolation", error.key());
        assertTrue(error.remedy().contains("bundle:install"));
    }

    @Test
    void shouldRefuseAProgramBesideABundle() throws IOException {
        Remark error =
                Fixture.error(list(jar("job.jar", "com.acme", ""), "<key>Program</key><string>/bin/true</string>"));
        assertEquals("Program", error.key());
    }

    @Test
    void shouldNoteABundleThatIsNotThere() {
        Verification read = list(folder.resolve("gone.jar"));
        assertTrue(read.ok());
        assertTrue(Fixture.notes(read).get(0).message().contains("every start will fail"));
    }

    @Test
    void shouldRefuseWhatIsNoBundle() throws IOException {
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        assertTrue(Fixture.error(list(text)).message().startsWith("it is no jar"));
        assertTrue(Fixture.error(list(jar("plain.jar", "", ""))).message().startsWith("it is no bundle"));
    }

    @Test
    void shouldVerifyTheDefinitionOfAJar() throws IOException {
        Definitions definitions = new Definitions(Fixture.ROOT);
        Path jar = jar("job.jar", "com.acme", "org.lares.job;label=com.acme.clock;kind=daemon;Isolation=Process");
        Work.BundleWork work =
                (Work.BundleWork) definitions.read(jar).spec().orElseThrow().work();
        assertEquals(Optional.of(jar.toString()), work.location());

        Path shared = jar("shared.jar", "com.acme", "org.lares.job;label=com.acme.clock;kind=daemon");
        assertEquals(
                Isolation.CONTAINER,
                ((Work.BundleWork) definitions.read(shared).spec().orElseThrow().work()).isolation());

        Path none = jar("none.jar", "com.acme", "");
        assertTrue(Fixture.error(definitions.read(none)).message().contains("no definition"));
    }

    private Verification list(Path jar, String... lines) {
        return list(jar.toString(), lines);
    }

    private static Verification list(String bundle, String... lines) {
        return Fixture.read(Fixture.list(
                "<key>Label</key><string>com.acme.clock</string>",
                "<key>Bundle</key><string>" + bundle + "</string>",
                String.join("\n", lines)));
    }

    private static Work.BundleWork bundle(String... lines) {
        Verification read = read(lines);
        return (Work.BundleWork) read.spec()
                .orElseThrow(() -> new AssertionError(read.remarks().toString()))
                .work();
    }

    private static Verification read(String... lines) {
        byte[] list = Fixture.list(lines).getBytes(StandardCharsets.UTF_8);
        return new Definitions(Fixture.ROOT)
                .ofBundle(
                        7,
                        "com.acme",
                        "1.0.0",
                        Map.of("label", "com.acme.clock", "kind", "daemon", "definition", "job.plist"),
                        path -> Optional.of(new ByteArrayInputStream(list)));
    }

    /** A jar with that name in its manifest and those capabilities, and the lines of a property list {@code job.plist}. */
    private Path jar(String file, String symbolicName, String capabilities, String... lines) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (!symbolicName.isEmpty()) {
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", symbolicName);
        }
        if (!capabilities.isEmpty()) {
            manifest.getMainAttributes().putValue("Provide-Capability", capabilities);
        }
        Path path = folder.resolve(file);
        try (OutputStream out = Files.newOutputStream(path);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.putNextEntry(new ZipEntry("job.plist"));
            jar.write(Fixture.list(lines).getBytes(StandardCharsets.UTF_8));
            jar.closeEntry();
        }
        return path;
    }
}
