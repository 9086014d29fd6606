package org.lares.sandbox.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlatClassPathTest {
    @TempDir
    Path folder;

    private Place place;

    @BeforeEach
    void open() throws Exception {
        place = new Place(folder);
    }

    @AfterEach
    void close() throws Exception {
        place.close();
    }

    private static Jars job() {
        return Jars.bundle("job", "1.0.0").entry("job/A.class");
    }

    private static Jars lib() {
        return Jars.bundle("lib", "1.0.0").exporting("lib", "1.0");
    }

    private void assertPlain(String reason, Jars job) throws Exception {
        Closure closure = place.closure(job);
        assertEquals(Optional.of(reason), closure.plainReason());
        assertFalse(closure.connect());
        assertEquals(1, closure.classPath().size());
    }

    private void assertConnect(Jars job) throws Exception {
        Closure closure = place.closure(job);
        assertTrue(closure.connect(), () -> closure.plainReason().orElse(""));
    }

    @Test
    void shouldTakeWhatNothingLooksUpAsHarmless() throws Exception {
        place.offer(
                lib().entry("META-INF/LICENSE")
                        .entry("META-INF/maven/g/a/pom.xml")
                        .entry("META-INF/changelog.txt")
                        .entry("LICENSE.txt")
                        .entry("OSGI-OPT/src/A.java"),
                "lib");

        assertConnect(job().importing("lib")
                .entry("META-INF/LICENSE")
                .entry("META-INF/maven/g/a/pom.xml")
                .entry("META-INF/changelog.txt")
                .entry("LICENSE.txt")
                .entry("OSGI-OPT/src/A.java"));
    }

    @Test
    void shouldNotTakeAnEntryTwice() throws Exception {
        place.offer(lib().entry("config.xml").entry("META-INF/services/a.B"), "lib");

        assertPlain(
                "config.xml is in both lib 1.0.0 and job 1.0.0",
                job().importing("lib").entry("config.xml"));
        assertPlain(
                "META-INF/services/a.B is in both lib 1.0.0 and job 1.0.0",
                job().importing("lib").entry("META-INF/services/a.B"));
    }

    @Test
    void shouldSeeReleasesOfAMultiReleaseJarAsWhatTheyStandFor() throws Exception {
        place.offer(lib().header("Multi-Release", "true").entry("META-INF/versions/9/job/A.class"), "lib");
        assertPlain("job/A.class is in both lib 1.0.0 and job 1.0.0", job().importing("lib"));

        place.offer(lib().header("Multi-Release", "true").entry("META-INF/versions/9/lib/A.class"), "lib");
        assertConnect(job().importing("lib"));
    }

    @Test
    void shouldHonourTheManifestOfARelease() throws Exception {
        place.offer(lib(), "lib");

        assertEquals(
                java.util.List.of("lib:1.0.0", "job:1.0.0"),
                Place.names(place.closure(job().header("Multi-Release", "true")
                        .entry(
                                "META-INF/versions/9/OSGI-INF/MANIFEST.MF",
                                "Manifest-Version: 1.0\nImport-Package: lib\n\n"))));
    }

    @Test
    void shouldNotSplitAPackage() throws Exception {
        place.offer(lib(), "lib");

        assertPlain(
                "the package lib is split over lib 1.0.0 and job 1.0.0",
                job().header("Require-Bundle", "lib").entry("lib/B.class"));
        assertPlain(
                "job 1.0.0 has classes of the package java.sql, which is the JVM's own",
                job().entry("java/sql/B.class"));
        assertPlain(
                "the package org.osgi.util.tracker is split over the platform and job 1.0.0",
                job().entry("org/osgi/util/tracker/Mine.class"));
    }

    @Test
    void shouldLetAFragmentHaveAPackageOfItsHost() throws Exception {
        place.offer(
                Jars.bundle("fragment", "1.0.0").header("Fragment-Host", "job").entry("job/B.class"), "fragment");

        assertConnect(job());
    }

    @Test
    void shouldNotTakeWhatABundleDoesWithJarsAndClassLoaders() throws Exception {
        assertPlain(
                "job 1.0.0 has native code",
                job().header("Bundle-NativeCode", "a.so;osname=Linux,*").entry("a.so"));
        assertPlain(
                "job 1.0.0 has jars or folders inside it on its class path (Bundle-ClassPath)",
                job().header("Bundle-ClassPath", ".,x.jar"));
        assertPlain("job 1.0.0 names other jars in its manifest (Class-Path)", job().header("Class-Path", "x.jar"));
        assertPlain(
                "job 1.0.0 weaves the classes of others, which a class path of the JVM does not let it do",
                job().importing("org.osgi.framework.hooks.weaving"));
        assertPlain(
                "job 1.0.0 is signed, and a class path mixes its packages with unsigned ones",
                job().entry("META-INF/X.SF"));
        assertConnect(job().header("Bundle-ClassPath", "."));
    }

    @Test
    void shouldNotTakeAnImportThatIsWiredElsewhere() throws Exception {
        place.offer(lib().entry("hidden/A.class"), "lib");

        assertPlain(
                "job 1.0.0 goes without the package hidden that it imports, but would find the one of lib 1.0.0",
                job().importing("lib,hidden;resolution:=optional"));
        assertPlain(
                "job 1.0.0 imports the package org.slf4j of the host, but would find that of more 1.0.0",
                job().importing("org.slf4j").header("Require-Bundle", more()));
        assertPlain(
                "job 1.0.0 imports packages when it asks for their classes (DynamicImport-Package), and would find"
                        + " hidden of lib 1.0.0, which is not exported to it",
                job().importing("lib").header("DynamicImport-Package", "hidden"));
        assertConnect(job().importing("lib").header("DynamicImport-Package", "lib,absent.*"));
    }

    private String more() throws Exception {
        place.offer(Jars.bundle("more", "1.0.0").entry("org/slf4j/A.class"), "more");
        return "more";
    }
}
