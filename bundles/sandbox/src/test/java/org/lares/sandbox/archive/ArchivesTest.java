package org.lares.sandbox.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With real JVMs, whose application is a small jar. */
class ArchivesTest {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    /** Says that it is ready, waits for the end of its input. Tells by a file if it is initialized without -Drun. */
    private static final String SOURCE = "package app; public class App {"
            + " static { if (System.getProperty(\"run\") == null) { try {"
            + " java.nio.file.Files.writeString(java.nio.file.Path.of(\"MARKER\"), \"\"); }"
            + " catch (java.io.IOException e) { throw new RuntimeException(e); } } }"
            + " public static void main(String[] a) throws Exception {"
            + " Runnable ready = () -> System.out.println(\"ready\"); ready.run(); System.out.flush();"
            + " while (System.in.read() >= 0) { } } }";

    private static byte[] application;
    private static Path marker;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private Path jar;
    private Archives archives;
    private int runs;

    @BeforeAll
    static void compile() throws IOException {
        marker = shared.resolve("initialized");
        Path source = Files.createDirectories(shared.resolve("app")).resolve("App.java");
        Files.writeString(source, SOURCE.replace("MARKER", marker.toString()));
        assertEquals(
                0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "--release", "17", source.toString()));
        application = Files.readAllBytes(shared.resolve("app/App.class"));
    }

    @BeforeEach
    void make() throws IOException {
        jar = folder.resolve("app.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("app/App.class"));
            out.write(application);
        }
        archives = archives(Bounds.STANDARD);
    }

    @AfterEach
    void close() {
        archives.close();
    }

    /** Of this run, and the newer one if it is installed. */
    static Stream<Path> javas() {
        return Stream.of(JAVA, Path.of("/usr/lib/jvm/temurin-25-jdk-amd64/bin/java"));
    }

    @ParameterizedTest
    @MethodSource("javas")
    void shouldShareFromTheSecondStartOn(Path java) throws Exception {
        assumeTrue(Files.isExecutable(java), () -> "there is no " + java);
        Key key = key(java);

        try (Run first = new Run(key)) {
            assertTrue(first.learns(), first.flags::toString);
            first.ready();
        }
        // While it is still running: few jobs are ever started twice by hand.
        try (Run second = new Run(key)) {
            assertTrue(second.shares(), second.flags::toString);
            assertTrue(second.maps());
            second.ready();
            assertEquals("the archive is in use", archives.note(key));
        }
        assertFalse(Files.exists(marker), "the dump ran code of the job");
        Path archive = files().get(0);
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)));

        archives.close();
        archives = archives(Bounds.STANDARD);
        try (Run third = new Run(key)) {
            assertTrue(third.maps());
        }
    }

    @Test
    void shouldTakeTheHintsOfAnOrderlyEndOfANewerJvm() throws Exception {
        Path java = javas().skip(1).findFirst().orElseThrow();
        assumeTrue(Files.isExecutable(java), () -> "there is no " + java);
        Key key = key(java);
        Run run = new Run(key);
        run.ready();
        List<Path> before = files();

        run.close();

        assertNotEquals(before, files());
        assertEquals(1, files().size());
        try (Run next = new Run(key)) {
            assertTrue(next.maps());
        }
    }

    @Test
    void shouldLearnFromARunThatEndedBeforeItWasReady() throws Exception {
        Key key = key(JAVA);
        new Run(key).close();

        try (Run next = new Run(key)) {
            assertTrue(next.maps());
        }
    }

    @Test
    void shouldDropADamagedArchiveAndStartWithout() throws Exception {
        Key key = key(JAVA);
        new Run(key).close();
        archives.close();
        Path archive = files().get(0);
        damage(archive, Files.size(archive) / 2);
        archives = archives(Bounds.STANDARD);

        try (Run run = new Run(key)) {
            assertTrue(run.learns(), run.flags::toString);
            assertFalse(Files.exists(archive));
            assertTrue(archives.note(key).contains("its content is not what was written"), archives.note(key));
            run.ready();
        }
        try (Run next = new Run(key)) {
            assertTrue(next.maps());
        }
    }

    @Test
    void shouldNotOfferTheArchiveOfAnotherJar() throws Exception {
        Key key = key(JAVA);
        new Run(key).close();
        assertEquals(1, files().size());
        Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000_000_000L));

        try (Run run = new Run(key)) {
            assertTrue(run.learns(), run.flags::toString);
        }
    }

    @Test
    void shouldGiveUpWhatTheJvmRefusesTwice() throws Exception {
        Key key = key(JAVA);
        new Run(key).close();
        for (int i = 0; i < 2; i++) {
            try (Run refusing = new Run(key, "-Xshare:off")) {
                assertTrue(refusing.shares(), refusing.flags::toString);
                refusing.ready();
                assertEquals(List.of(), files());
            }
            new Run(key).close();
        }

        try (Run run = new Run(key)) {
            assertFalse(run.shares() || run.learns(), run.flags::toString);
            assertTrue(archives.note(key).contains("did not map it"), archives.note(key));
        }
    }

    @Test
    void shouldSurviveAFullDisk() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a small disk");
        archives.close();
        Path disk = Files.createDirectory(folder.resolve("archives.small"));
        execute("mount", "-t", "tmpfs", "-o", "size=4m", "none", disk.toString());
        try {
            archives = new Archives(disk, bounds(1 << 27, Duration.ofMinutes(1), 1), InstantSource.system());
            Key key = key(JAVA);
            try (Run run = new Run(key)) {
                run.ready();
                assertTrue(archives.note(key).contains("the dump ended with status"), archives.note(key));
                assertEquals(List.of(), files(disk));
            }
            execute("mount", "-o", "remount,size=64m", disk.toString());
            new Run(key).close();
            try (Run run = new Run(key)) {
                assertTrue(run.maps());
            }
        } finally {
            archives.close();
            execute("umount", disk.toString());
        }
    }

    @Test
    void shouldLeaveNothingOfADumpThatGrowsTooLarge() throws Exception {
        restart(bounds(1 << 20, Duration.ofMinutes(1), 1));
        Key key = key(JAVA);

        new Run(key).close();

        assertTrue(archives.note(key).contains("the dump ended with status"), archives.note(key));
        assertEquals(List.of(), files());
    }

    @Test
    void shouldBeginNoDumpOnADiskThatIsNearlyFull() throws Exception {
        restart(new Bounds(9, 1 << 30, 1 << 27, Long.MAX_VALUE, Duration.ofMinutes(1), Duration.ZERO, 1));
        Key key = key(script("touch '" + folder + "/dumped'"));

        learn(key);

        assertTrue(archives.note(key).contains("bytes free"), archives.note(key));
        assertFalse(Files.exists(folder.resolve("dumped")));
    }

    @Test
    void shouldKillADumpThatHangs() throws Exception {
        restart(bounds(1 << 27, Duration.ofMillis(200), 1));
        Key key = key(script("exec sleep 1000000"));

        learn(key);

        assertTrue(archives.note(key).contains("was killed after"), archives.note(key));
        assertEquals(List.of(), files());
    }

    @Test
    void shouldTryAFailedDumpAgain() throws Exception {
        restart(bounds(1 << 27, Duration.ofMinutes(1), 3));
        Key key = key(script("[ -e '" + folder + "/tried' ] && exec '" + JAVA + "' \"$@\"; touch '" + folder
                + "/tried'; echo no luck; exit 1"));

        learn(key);

        assertEquals(1, files().size(), () -> archives.note(key));
    }

    @Test
    void shouldEndADumpWithItself() throws Exception {
        Path fifo = folder.resolve("begun");
        execute("mkfifo", fifo.toString());
        Key key = key(script("echo $$ >'" + fifo + "'; exec sleep 1000000"));
        Path run = runFolder("java/lang/Object\n");
        archives.flags(key, run);
        archives.ready(key, run, 1);
        long pid = Long.parseLong(Files.readString(fifo).strip());
        ProcessHandle dump = ProcessHandle.of(pid).orElseThrow();

        archives.close();

        assertFalse(dump.isAlive());
        assertEquals(List.of(), files());
    }

    @Test
    void shouldStartWithoutArchivesWhereTheirFolderCannotBeMade() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        try (Archives none = new Archives(file.resolve("archives"))) {
            assertEquals(List.of(), none.flags(key(JAVA), folder));
            assertEquals("the folder of the archives cannot be used", none.note(key(JAVA)));
        }
    }

    @Test
    void shouldHaveOtherKeysForOtherFlags() {
        Key key = key(JAVA);
        Key other = new Key(key.closureDigest(), key.classPath(), List.of("-XX:+UseParallelGC"), JAVA);

        assertEquals(key.digest(), key(JAVA).digest());
        assertNotEquals(key.digest(), other.digest());
    }

    /** Without a JVM: the run's list is given. */
    private void learn(Key key) throws Exception {
        Path run = runFolder("java/lang/Object\njava/lang/String\napp/App\n");
        archives.flags(key, run);
        archives.ready(key, run, 1);
        archives.settle();
    }

    private Path runFolder(String list) throws IOException {
        Path run = Files.createDirectory(folder.resolve("run" + runs++));
        Files.writeString(run.resolve(ClassList.FILE), list);
        return run;
    }

    private Path script(String text) throws IOException {
        Path script = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(script, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    private Key key(Path java) {
        return new Key("closure", List.of(jar), List.of("-XX:+UseSerialGC", "-Xmx32m", "-Drun=1"), java);
    }

    private void restart(Bounds bounds) {
        archives.close();
        archives = archives(bounds);
    }

    private Archives archives(Bounds bounds) {
        return new Archives(folder.resolve("archives"), bounds, InstantSource.system());
    }

    private static Bounds bounds(long largest, Duration dump, int attempts) {
        return new Bounds(9, 1 << 30, largest, 0, dump, Duration.ZERO, attempts);
    }

    private List<Path> files() throws IOException {
        return files(folder.resolve("archives"));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.toList();
        }
    }

    private static void damage(Path file, long position) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), position);
        }
        Files.setLastModifiedTime(file, time);
    }

    private static void execute(String... command) throws Exception {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), () -> "failed: " + List.of(command));
    }

    /** A JVM that has said that it is ready. */
    private final class Run implements AutoCloseable {
        private final Key key;
        private final Path home = Files.createDirectory(folder.resolve("run" + runs++));
        private final List<String> flags;
        private final Process process;

        private Run(Key key, String... more) throws IOException {
            this.key = key;
            flags = archives.flags(key, home);
            List<String> command = new ArrayList<>(List.of(key.java().toString()));
            command.addAll(key.jvmFlags());
            command.addAll(flags);
            command.addAll(List.of(more));
            command.addAll(List.of("-cp", key.joinedClassPath(), "app.App"));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader out = process.inputReader();
            Optional<String> line = out.lines().filter("ready"::equals).findFirst();
            assertTrue(line.isPresent(), "the JVM did not start");
        }

        boolean learns() {
            return flags.stream().anyMatch(it -> it.startsWith("-XX:DumpLoadedClassList="));
        }

        boolean shares() {
            return flags.stream().anyMatch(it -> it.startsWith("-XX:SharedArchiveFile="));
        }

        boolean maps() throws IOException {
            return Files.readString(Path.of("/proc/" + process.pid() + "/maps")).contains(".jsa\n")
                    && Files.readString(Path.of("/proc/" + process.pid() + "/maps"))
                            .contains(files(archiveFolder()).get(0).toString());
        }

        private Path archiveFolder() {
            return Path.of(flags.stream()
                            .filter(it -> it.startsWith("-XX:SharedArchiveFile="))
                            .findFirst()
                            .orElseThrow()
                            .substring("-XX:SharedArchiveFile=".length()))
                    .getParent();
        }

        void ready() throws Exception {
            archives.ready(key, home, process.pid());
            archives.settle();
        }

        /** Ends in order. */
        @Override
        public void close() throws Exception {
            try (OutputStream end = process.getOutputStream()) {
                end.flush();
            }
            process.waitFor();
            archives.ended(key, home);
            archives.settle();
        }
    }
}
