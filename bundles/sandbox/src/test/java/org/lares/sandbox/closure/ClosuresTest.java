package org.lares.sandbox.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.sandbox.RefusedException;
import org.lares.xpc.host.Order;
import org.osgi.framework.Bundle;

class ClosuresTest {
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

    @Test
    void shouldHaveTheJobAloneIfItNeedsNothingElse() throws Exception {
        Closure closure = place.closure(job().importing("org.slf4j;version=\"[2.0,3)\"")
                .importing("org.osgi.framework;version=\"[1.10,2)\"")
                .importing("java.util,javax.sql")
                .header(
                        "Require-Capability",
                        "osgi.extender;filter:=\"(&(osgi.extender=org.lares.supervisor)(version>=0.1.0)"
                                + "(!(version>=1.0.0)))\",osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=17))\""));

        assertEquals(List.of("job:1.0.0"), Place.names(closure));
        assertTrue(closure.bundles().get(0).job());
        assertEquals(
                folder.resolve("job.jar").toString(), closure.bundles().get(0).location());
        assertTrue(closure.connect(), () -> closure.plainReason().orElse(""));
        assertEquals(2, closure.classPath().size());
    }

    @Test
    void shouldPreferTheRepositoryToWhatIsInstalledToTheDistribution() throws Exception {
        place.offer(Jars.bundle("one", "1.0.0").exporting("one", "1.0"), "one");
        place.install(Jars.bundle("one", "1.1.0").exporting("one", "1.1"), "one");
        place.install(Jars.bundle("two", "1.0.0").exporting("two", "1.0"), "two");
        place.distribute(Jars.bundle("two", "1.1.0").exporting("two", "1.1"), "two");
        place.distribute(Jars.bundle("three", "1.0.0").exporting("three", "1.0"), "three-old");
        place.distribute(Jars.bundle("three", "1.1.0").exporting("three", "1.1"), "three");

        Closure closure = place.closure(job().importing("one,two,three"));

        assertEquals(List.of("one:1.0.0", "two:1.0.0", "three:1.1.0", "job:1.0.0"), Place.names(closure));
    }

    @Test
    void shouldInstallThePlatformFirstAndTheJobLast() throws Exception {
        place.distribute(Jars.bundle("zz", "1.0.0").exporting("zz", "1.0"), "zz");
        place.distribute(Jars.bundle("aa", "1.0.0").exporting("aa", "1.0"), "aa");
        place.properties.setProperty("bundles", "g:zz:1");

        Closure closure = place.closure(job().importing("aa"));

        assertEquals(List.of("zz:1.0.0", "aa:1.0.0", "job:1.0.0"), Place.names(closure));
    }

    @Test
    void shouldSayWhatIsMissingWithTheWholeChain() throws Exception {
        place.distribute(Jars.bundle("one", "1.0.0").exporting("one", "1.0").importing("two"), "one");
        place.offer(Jars.bundle("two", "1.0.0").exporting("two", "1.0").importing("three;version=\"[1.2,2)\""), "two");
        place.offer(Jars.bundle("three", "1.0.0").exporting("three", "1.0"), "three");

        RefusedException refused = assertThrows(RefusedException.class, () -> place.closure(job().importing("one")));

        assertEquals(
                List.of(
                        "job 1.0.0 needs package one of one 1.0.0",
                        "one 1.0.0 needs package two of two 1.0.0",
                        "two 1.0.0 needs package three [1.2.0,2.0.0), which no bundle has that its host could get; put"
                                + " one that has it into a folder of the job's Repositories"),
                refused.steps());
    }

    @Test
    void shouldRefuseVersionsThatDoNotAgree() throws Exception {
        place.offer(Jars.bundle("api1", "1.0.0").exporting("api", "1.0"), "api1");
        place.offer(Jars.bundle("api2", "2.0.0").exporting("api", "2.0"), "api2");
        place.offer(
                Jars.bundle("lib", "1.0.0")
                        .importing("api;version=\"[1,2)\"")
                        .header("Export-Package", "lib;version=1.0;uses:=api")
                        .entry("lib/A.class"),
                "lib");

        RefusedException refused =
                assertThrows(RefusedException.class, () -> place.closure(job().importing("lib,api;version=\"[2,3)\"")));

        assertTrue(refused.getMessage().contains("job 1.0.0 cannot be resolved"), refused.getMessage());
    }

    @Test
    void shouldTakeOptionalImportsFromTheRepositoryOnly() throws Exception {
        place.offer(Jars.bundle("offered", "1.0.0").exporting("offered", "1.0"), "offered");
        place.install(Jars.bundle("installed", "1.0.0").exporting("installed", "1.0"), "installed");
        place.distribute(Jars.bundle("system", "1.0.0").exporting("system", "1.0"), "system");

        Closure closure = place.closure(job().importing("offered;resolution:=optional")
                .importing("installed;resolution:=optional,system;resolution:=optional,none;resolution:=optional"));

        assertEquals(List.of("offered:1.0.0", "job:1.0.0"), Place.names(closure));
    }

    @Test
    void shouldNeverHaveTheContainersOwnBundles() throws Exception {
        for (String each : List.of("org.lares.supervisor", "org.lares.shell")) {
            place.install(Jars.bundle(each, "0.1.0").exporting("wanted", "1.0"), each);
        }
        place.distribute(Jars.bundle("org.apache.felix.framework", "9.0.0").exporting("wanted", "1.0"), "felix");

        RefusedException refused = assertThrows(RefusedException.class, () -> place.closure(job().importing("wanted")));

        assertTrue(refused.getMessage().contains("package wanted"), refused.getMessage());
    }

    @Test
    void shouldLetAJobBringAnotherVersionOfALibraryOfThePlatform() throws Exception {
        place.distribute(Jars.bundle("api", "1.0.0").exporting("api", "1.0"), "api");
        place.distribute(Jars.bundle("api", "2.0.0").exporting("api", "2.0"), "api2");
        place.properties.setProperty("classpath", "f:framework:1,g:api:1");
        place.properties.setProperty("packages", "api;version=1.0");
        Jars job = job().importing("api;version=\"[2,3)\"");
        assertThrows(RefusedException.class, () -> place.closure(job));

        place.offer(Jars.bundle("api", "2.0.0").exporting("api", "2.0"), "api");
        Closure closure = place.closure(job);

        assertEquals(List.of("api:2.0.0", "job:1.0.0"), Place.names(closure));
        assertEquals(
                "api/A.class is in both api and api 2.0.0",
                closure.plainReason().orElse(""));
    }

    @Test
    void shouldHaveTheInstalledRevisionWhateverLiesAtItsLocation() throws Exception {
        Bundle bundle = place.install(job().entry("x", "as installed").entry("lib/in ner.txt"), "job");
        place.install(job().entry("x", "replaced").header("Bundle-Version", "2.0.0"), "job");

        Closure closure = place.closures().of(place.work(bundle));

        assertEquals(List.of("job:1.0.0"), Place.names(closure));
        assertEquals(bundle.getLocation(), closure.bundles().get(0).location());
        try (JarFile jar = new JarFile(closure.bundles().get(0).file().toFile())) {
            assertEquals(
                    "as installed",
                    new String(jar.getInputStream(jar.getEntry("x")).readAllBytes()));
            assertEquals("META-INF/MANIFEST.MF", jar.entries().nextElement().getName());
            assertTrue(jar.stream().anyMatch(it -> it.getName().equals("lib/in ner.txt")));
        }
    }

    @Test
    void shouldGiveTheSameBytesInAnotherStore() throws Exception {
        place.offer(Jars.bundle("one", "1.0.0").exporting("one", "1.0"), "one");
        Bundle bundle = place.install(job().importing("one").entry("b").entry("a/c"), "job");

        Closure one = place.closures().of(place.work(bundle));
        Closure other = new Closures(
                        place.framework.getBundleContext(),
                        folder.resolve("other"),
                        place.system,
                        new Platform(place.properties))
                .of(place.work(bundle));

        assertEquals(one.digest(), other.digest());
    }

    @Test
    void shouldAnswerFromWhatItKnowsUntilSomethingChanges() throws Exception {
        Closures closures = place.closures();
        Path job = job().importing("one").at(folder.resolve("job.jar"));
        place.distribute(Jars.bundle("one", "1.0.0").exporting("one", "1.0"), "one");

        Closure first = closures.of(place.work(job.toString()));
        assertSame(first, closures.of(place.work(job.toString())));

        place.offer(Jars.bundle("one", "2.0.0").exporting("one", "2.0"), "one");
        Closure second = closures.of(place.work(job.toString()));
        assertEquals(List.of("one:2.0.0", "job:1.0.0"), Place.names(second));
        assertNotEquals(first.digest(), second.digest());

        Files.delete(second.bundles().get(0).file());
        closures.of(place.work(job.toString()));
        assertTrue(Files.exists(second.bundles().get(0).file()));
    }

    @Test
    void shouldKeepFilesUnderTheirDigestAndReadOnly() throws Exception {
        Closure closure = place.closure(job());

        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(place.store)));
        for (Path each : closure.classPath()) {
            assertEquals(place.store, each.getParent());
            assertEquals(Digests.of(each) + ".jar", each.getFileName().toString());
            assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
        }
    }

    @Test
    void shouldPutANewFileInThePlaceOfADamagedOne() throws Exception {
        Path file = place.closure(job()).bundles().get(0).file();
        Object before = Files.getAttribute(file, "unix:ino");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(file, "damaged");

        Path after = place.closure(job()).bundles().get(0).file();

        assertEquals(file, after);
        assertEquals(Digests.of(after) + ".jar", after.getFileName().toString());
        assertNotEquals(before, Files.getAttribute(file, "unix:ino"));
    }

    @Test
    void shouldKeepWhatItHasWhenAJarIsReplaced() throws Exception {
        Path jar = place.offer(Jars.bundle("one", "1.0.0").exporting("one", "1.0"), "one");
        Closure closure = place.closure(job().importing("one"));

        Files.writeString(jar, "replaced in place");

        for (Order.BundleFile each : closure.bundles()) {
            assertEquals(
                    Digests.of(each.file()) + ".jar", each.file().getFileName().toString());
        }
    }

    @Test
    void shouldRemoveWhatNoClosureHas() throws Exception {
        Closures closures = place.closures();
        Path one = Jars.bundle("one", "1.0.0").at(folder.resolve("one.jar"));
        Path two = Jars.bundle("two", "1.0.0").at(folder.resolve("two.jar"));
        Closure kept = closures.of(place.work(one.toString()));
        Closure gone = closures.of(place.work(two.toString()));
        Files.writeString(place.store.resolve(".1.part"), "left by a crash");

        place.closures().retain(Set.of(kept.digest()));

        assertTrue(kept.classPath().stream().allMatch(Files::exists));
        assertFalse(Files.exists(gone.bundles().get(0).file()));
        try (Stream<Path> files = Files.list(place.store)) {
            assertEquals(0, files.filter(it -> it.toString().endsWith(".part")).count());
        }
        assertTrue(Files.exists(
                closures.of(place.work(two.toString())).bundles().get(0).file()));
    }

    @Test
    void shouldRemoveNothingForAClosureThatItDoesNotKnow() throws Exception {
        Closure closure = place.closure(job());

        assertThrows(IOException.class, () -> place.closures().retain(Set.of("0".repeat(64))));

        assertTrue(closure.classPath().stream().allMatch(Files::exists));
    }

    @Test
    void shouldHaveFragmentsOfItsBundles() throws Exception {
        place.distribute(Jars.bundle("one", "1.0.0").exporting("one", "1.0"), "one");
        place.install(Jars.bundle("two", "1.0.0").exporting("two", "1.0"), "two");
        place.offer(Jars.bundle("ofOne", "1.0.0").header("Fragment-Host", "one").entry("a.txt"), "ofOne");
        Bundle attached = place.install(
                Jars.bundle("ofTwo", "1.0.0").header("Fragment-Host", "two").entry("b.txt"), "ofTwo");
        place.install(
                Jars.bundle("loose", "1.0.0").header("Fragment-Host", "job").entry("c.txt"), "loose");
        place.distribute(Jars.bundle("unasked", "1.0.0").header("Fragment-Host", "one"), "unasked");
        place.framework.adapt(org.osgi.framework.wiring.FrameworkWiring.class).resolveBundles(List.of(attached));

        Closure closure = place.closure(job().importing("one,two"));

        assertEquals(
                Set.of("one:1.0.0", "two:1.0.0", "ofOne:1.0.0", "ofTwo:1.0.0", "job:1.0.0"),
                Set.copyOf(Place.names(closure)));
        assertTrue(closure.connect(), () -> closure.plainReason().orElse(""));
    }

    @Test
    void shouldHaveOneOfTwoSingletons() throws Exception {
        place.distribute(
                Jars.bundle("one;singleton:=true", "1.0.0")
                        .exporting("old", "1.0")
                        .exporting("both", "1.0"),
                "a");
        place.distribute(Jars.bundle("one;singleton:=true", "2.0.0").exporting("both", "2.0"), "b");

        Closure closure = place.closure(job().importing("both"));
        assertEquals(List.of("one:2.0.0", "job:1.0.0"), Place.names(closure));

        assertThrows(RefusedException.class, () -> place.closure(job().importing("old,both;version=\"[2,3)\"")));
    }

    @Test
    void shouldFindABundleThatIsNotInstalled() throws Exception {
        Path file = place.distribute(job(), "the-job");

        for (String location :
                List.of(file.toString(), file.toUri().toString(), "mvn:g/the-job/1", "mvn:http://x!g/the-job/1/jar")) {
            Closure closure = place.closures().of(place.work(location));
            assertEquals(List.of("job:1.0.0"), Place.names(closure));
            assertEquals(location, closure.bundles().get(0).location());
        }
        for (String location : List.of("/none.jar", "file:/none.jar", "mvn:g", "none:x")) {
            assertThrows(RefusedException.class, () -> place.closures().of(place.work(location)), location);
        }
    }

    @Test
    void shouldFetchABundleFromAUrlOnce() throws Exception {
        Path file = job().at(folder.resolve("remote/job.jar"));
        byte[] content = Files.readAllBytes(file);
        var server = com.sun.net.httpserver.HttpServer.create(
                new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.start();
        String url = "http://localhost:" + server.getAddress().getPort() + "/job.jar";
        Closures closures = place.closures();
        Closure closure;
        try {
            closure = closures.of(place.work(url));
        } finally {
            server.stop(0);
        }

        assertEquals(List.of("job:1.0.0"), Place.names(closure));
        assertSame(closure, closures.of(place.work(url)));
        assertThrows(IOException.class, () -> place.closures().of(place.work(url)));
    }

    @Test
    void shouldRefuseWhatIsNoBundle() throws Exception {
        RefusedException fragment =
                assertThrows(RefusedException.class, () -> place.closure(job().header("Fragment-Host", "x")));
        assertTrue(fragment.getMessage().contains("fragment"), fragment.getMessage());
        assertThrows(RefusedException.class, () -> place.closure(new Jars().entry("x")));
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        assertThrows(RefusedException.class, () -> place.closures().of(place.work(text.toString())));
    }

    @Test
    void shouldDoWithoutBrokenJarsAndABrokenIndex() throws Exception {
        place.offer(Jars.bundle("one", "1.0.0").exporting("one", "1.0"), "one");
        Files.writeString(place.repository.resolve("broken.jar"), "no jar");
        place.offer(
                Jars.bundle("wrong", "1.0.0")
                        .header("Import-Package", "a;;b=\"")
                        .entry("x"),
                "wrong");
        Closure closure = place.closure(job().importing("one"));
        Path index = place.store.resolve("manifests.index");
        byte[] bytes = Files.readAllBytes(index);
        bytes[bytes.length / 2]++;
        Files.write(index, bytes);

        assertEquals(closure.digest(), place.closure(job().importing("one")).digest());
    }

    @Test
    void shouldListPidsAndReferencesThatNothingSatisfies() throws Exception {
        Closure closure = place.closure(job().component(
                        "job.A",
                        "<reference interface='org.osgi.service.cm.ConfigurationAdmin'/>"
                                + "<reference interface='other.Service' target='(x=y)'/>"
                                + "<reference interface='maybe.Service' cardinality='0..1'/>"
                                + "<reference interface='job.Own'/>")
                .entry(
                        "OSGI-INF/b.xml",
                        "<component name='job.B' configuration-pid='$ more'>"
                                + "<implementation class='job.B'/><service><provide interface='job.Own'/></service>"
                                + "</component>"));

        assertEquals(Set.of("job.A", "job.B", "more"), closure.configurationPids());
        assertEquals(
                List.of("component job.A needs a service other.Service (x=y) that nothing in its host provides"),
                closure.unsatisfied());
    }

    @Test
    void shouldNotReadEntitiesOfComponents() throws Exception {
        IOException refused = assertThrows(
                IOException.class,
                () -> place.closure(job().component("a", "")
                        .entry(
                                "OSGI-INF/x.xml",
                                "<!DOCTYPE c [<!ENTITY x SYSTEM 'file:/etc/passwd'>]><component name='&x;'/>")));
        assertTrue(refused.getMessage().contains("OSGI-INF/x.xml"), refused.getMessage());
    }

    @Test
    void shouldHaveTheOnlyProviderOfAService() throws Exception {
        String needs = "osgi.service;filter:=\"(objectClass=some.Service)\";effective:=active";
        String has = "osgi.service;objectClass:List<String>=\"some.Service\";effective:=active";
        Jars job = job().header("Require-Capability", needs);
        place.distribute(Jars.bundle("ofSystem", "1.0.0").header("Provide-Capability", has), "ofSystem");
        place.install(
                Jars.bundle("otherJob", "1.0.0").header("Provide-Capability", has + ",org.lares.job;label=x"), "other");

        Closure none = place.closure(job);
        assertEquals(List.of("job:1.0.0"), Place.names(none));
        assertEquals(
                List.of("job 1.0.0 needs a service some.Service that nothing in its host provides"),
                none.unsatisfied());

        place.offer(
                Jars.bundle("one", "1.0.0").header("Provide-Capability", has).entry("one.txt"), "one");
        Closure one = place.closure(job);
        assertEquals(List.of("one:1.0.0", "job:1.0.0"), Place.names(one));
        assertEquals(List.of(), one.unsatisfied());

        place.offer(Jars.bundle("two", "1.0.0").header("Provide-Capability", has), "two");
        Closure several = place.closure(job);
        assertEquals(List.of("job:1.0.0"), Place.names(several));
        assertEquals(1, several.unsatisfied().size());
    }
}
