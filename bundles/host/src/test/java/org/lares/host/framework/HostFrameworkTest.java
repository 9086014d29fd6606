package org.lares.host.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.host.framework.fixture.extra.Extra;
import org.lares.host.framework.fixture.job.Greeter;
import org.lares.host.framework.fixture.job.Looking;
import org.lares.host.framework.fixture.job.Provider;
import org.lares.host.framework.fixture.job.Talking;
import org.lares.host.framework.fixture.job.Waiter;
import org.lares.host.framework.fixture.library.Library;
import org.lares.host.framework.fixture.library.Refusing;

/** Real JVMs, with the bundles installed from their files, and with the bundles on the class path. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostFrameworkTest {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,3})?(Z|[+-]\\d\\d:\\d\\d)";

    @TempDir
    Path folder;

    private static TestBundle library() {
        return new TestBundle("library", Library.class)
                .header("Bundle-Activator", Library.class.getName())
                .header("Export-Package", Library.class.getPackageName() + ";version=1.0")
                .entry("META-INF/shared.txt", "the library's")
                .entry("META-INF/library.txt", "the library's only");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldActivateComponentsWithTheirConfigurationAndItsChanges(boolean connect) throws Exception {
        Path job = new TestBundle("job", Greeter.class).in(folder);
        try (LaunchedHost host = new LaunchedHost(folder, connect, List.of(job))) {
            host.await("launched job");
            host.tell("set greeter - word=\"one\";count=I\"3\";words=[\"a\",\"b\"]");
            host.tell("start");
            String activated = host.await("activated");
            assertTrue(activated.contains("count=3") && activated.contains("word=one"), activated);
            host.await("active");
            host.tell("set greeter - word=\"two\"");
            assertTrue(host.await("modified").contains("word=two"));
            host.tell("delete greeter");
            host.await(it -> it.startsWith("modified") && !it.contains("two"));
            assertEquals(0, host.end());
            assertTrue(host.lines().contains("deactivated"), host.lines()::toString);
            assertTrue(host.lines().contains("ended true"), host.lines()::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKeepThePidsOfFactoryInstances(boolean connect) throws Exception {
        Path job = new TestBundle("job", Waiter.class).in(folder);
        try (LaunchedHost host = new LaunchedHost(folder, connect, List.of(job))) {
            host.tell("set waiters.5d0e waiters word=\"uuid\"");
            host.tell("start");
            host.await("active");
            assertEquals(List.of("launched job", "activated waiters.5d0e uuid", "active"), host.lines());
            host.tell("set waiters~named waiters word=\"named\"");
            host.await("activated waiters~named named");
            host.tell("set waiters~named waiters word=\"renamed\"");
            host.await("modified waiters~named renamed");
            host.tell("delete waiters.5d0e");
            host.await("deactivated waiters.5d0e uuid");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAnswerForABundleAsFelixDoes(boolean connect) throws Exception {
        List<Path> bundles = new ArrayList<>();
        bundles.add(library().in(folder));
        bundles.add(new TestBundle("fragment", Extra.class)
                .header("Fragment-Host", "job")
                .entry("extra/extra.txt", "the fragment's")
                .in(folder));
        bundles.add(new TestBundle("job", Looking.class, Provider.class, classOf("Looking$Own"))
                .header("Bundle-Activator", Looking.class.getName())
                .entry("own/own.txt", "the job's own")
                .entry("META-INF/shared.txt", "the job's")
                .entry("META-INF/services/java.lang.Runnable", Provider.class.getName())
                .in(folder));
        try (LaunchedHost host = new LaunchedHost(folder, connect, bundles)) {
            host.tell("start");
            host.await("active");
            assertEquals(
                    List.of(
                            "launched job",
                            "library started",
                            "class: true",
                            "lambda: true",
                            "proxy: true",
                            "array: true",
                            "jdk: null",
                            "framework: null",
                            "library: library",
                            "fragment: true",
                            "extra runs",
                            "entry: the job's own",
                            "resource: the job's own",
                            "of class: the job's own",
                            "of fragment: the fragment's",
                            "shared: the job's",
                            "shared slash: the job's",
                            "all shared: 1",
                            "other's: null",
                            "found: 3",
                            "directory: /own/",
                            "paths: [own/own.txt]",
                            "again: the job's own",
                            "loader: true",
                            "of loader: the job's",
                            "provider: Provider",
                            "data: kept",
                            "done: ",
                            "active"),
                    host.lines());
            assertEquals(0, host.end());
            assertTrue(host.lines().contains("looking stopped"));
            assertTrue(host.lines().contains("library stopped"));
            assertEquals("kept", Files.readString(folder.resolve("files/data")));
        }
    }

    private static Class<?> classOf(String name) throws ClassNotFoundException {
        return Class.forName(Looking.class.getPackageName() + "." + name);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWriteAllLogsInTheFormatOfTheContainer(boolean connect) throws Exception {
        Path job = new TestBundle("job", Talking.class)
                .header("Bundle-Activator", Talking.class.getName())
                .in(folder);
        try (LaunchedHost host = new LaunchedHost(folder, connect, List.of(job))) {
            host.tell("start");
            host.await("active");
            host.tell("set talked - word=\"heard\"");
            assertEquals("updated heard", host.await("updated"));
            List<String> said = host.lines().stream()
                    .filter(it -> !it.startsWith("\tat "))
                    .map(it -> it.replaceFirst("^" + TIME + " ", "<time> "))
                    .toList();
            assertEquals(
                    List.of(
                            "launched job",
                            "<time> info by slf4j of 2",
                            "<time> warn several",
                            "lines",
                            "<time> error thrown",
                            "java.lang.IllegalStateException: on purpose",
                            "<time> info fluently said",
                            "<time> warn by jul",
                            "<time> info by osgi",
                            "<time> audit audited",
                            "<time> error by the old log service",
                            "conditions 1",
                            "wanted [talking, talked]",
                            "said all",
                            "active",
                            "updated heard"),
                    said);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldProvideThePackagesInTheUsualVersions(boolean connect) throws Exception {
        Path old = new TestBundle("old")
                .header(
                        "Import-Package",
                        "org.slf4j;version='[1.7,2)',org.slf4j.helpers;version='[1.7,2)',"
                                + "org.osgi.service.log;version='[1.4,1.5)',org.osgi.service.cm;version='[1.5,2)'")
                .entry("empty", "")
                .in(folder);
        Path job = new TestBundle("job")
                .header(
                        "Import-Package",
                        "org.slf4j;version='[2.0,3)',org.osgi.service.log;version='[1.5,2)',"
                                + "org.osgi.service.cm;version='[1.6,2)',org.osgi.service.condition;version='[1.0,2)',"
                                + "org.osgi.service.component;version='[1.5,2)',org.lares.job;version='[0.1,1)',"
                                + "org.osgi.util.promise;version='[1.3,2)',javax.net.ssl")
                .header(
                        "Require-Capability",
                        "osgi.extender;filter:='(&(osgi.extender=org.lares.supervisor)(version>=0.1)(!(version>=1)))',"
                                + "osgi.extender;filter:='(&(osgi.extender=osgi.component)(version>=1.5)(!(version>=2)))',"
                                + "osgi.ee;filter:='(&(osgi.ee=JavaSE)(version=17))'")
                .entry("empty", "")
                .in(folder);
        try (LaunchedHost host = new LaunchedHost(folder, connect, List.of(old, job))) {
            host.tell("start");
            host.await("active");
            assertEquals(List.of("launched job", "active"), host.lines());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldThrowWhatHindersTheJobAndSayWhatHindersOthers(boolean connect) throws Exception {
        Path job = new TestBundle("job", Refusing.class)
                .header("Bundle-Activator", Refusing.class.getName())
                .in(folder);
        Path other = new TestBundle("other")
                .header("Import-Package", "not.there")
                .entry("empty", "")
                .in(folder);
        try (LaunchedHost host = new LaunchedHost(folder, connect, List.of(other, job))) {
            host.tell("start");
            assertEquals("failed it will not start", host.await("failed"));
            assertTrue(
                    host.lines().stream().anyMatch(it -> it.endsWith(" error bundle other cannot be started")),
                    host.lines()::toString);
            assertEquals(0, host.end());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWriteNoConfigurationAndNoBundleToDisk(boolean connect) throws Exception {
        Path job = new TestBundle("job", Greeter.class).in(folder);
        try (LaunchedHost host = new LaunchedHost(folder, connect, List.of(job))) {
            host.tell("set greeter - word=\"secret\"");
            host.tell("start");
            host.await("active");
            assertEquals(0, host.end());
        }
        try (Stream<Path> files = Files.walk(folder.resolve("host"))) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                assertFalse(Files.readString(each).contains("secret"), each::toString);
                assertFalse(each.toString().endsWith(".jar"), each::toString);
            }
        }
    }
}
