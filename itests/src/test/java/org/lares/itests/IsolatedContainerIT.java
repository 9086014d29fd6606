package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the container keeps about isolated jobs is damaged, or it dies in the middle of a start. */
class IsolatedContainerIT {
    private static final String ALWAYS = "<key>KeepAlive</key><true/>";

    /** After the folder of a host is there, in ms: its process is spawned, and recorded, some ms later. */
    private static final int[] MOMENTS = {0, 3, 10, 40};

    /** proc(5): the kernel gives the next number to the next process. */
    private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");

    private Container container;
    private Isolated isolated;
    private Path archives;
    private boolean mounted;

    @BeforeEach
    void unpack() {
        container = Container.unpack();
        isolated = new Isolated(container, "c");
        archives = container.base().resolve("data/lares/archives");
    }

    @AfterEach
    void remove() {
        try {
            if (container.process().isPresent()) {
                container.stop();
            }
            if (mounted) {
                container.run("umount", "-l", archives.toString()).succeeded();
            }
        } finally {
            isolated.kill();
            container.close();
        }
    }

    @Test
    void shouldFindWhatItHadSpawnedBeforeItDied() throws Exception {
        String label = isolated.daemon("spawned", "none", "");
        container.start();
        for (int moment : MOMENTS) {
            ProcessHandle process = container.process().orElseThrow();
            List<String> known = isolated.folders();
            Process kickstart = new ProcessBuilder(
                            container.base().resolve("bin/lares").toString(), "kickstart", label)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            // The moments are a few ms long, so nothing but looking again and again meets them.
            while (isolated.folders().equals(known)) {
                Thread.onSpinWait();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(moment));
            container.kill(process);
            kickstart.waitFor();

            container.start();
            container.await("what runs is what is known", () -> {
                JsonObject job = container.jobs().get(label);
                List<Long> running = Container.processesOf(label);
                return job.get("run").isJsonNull()
                        ? running.isEmpty() && isolated.folders().isEmpty()
                        : !job.getAsJsonObject("run").get("ready").isJsonNull()
                                && running.equals(List.of(
                                        job.getAsJsonObject("run").get("pid").getAsLong()));
            });
            Optional<JsonObject> live = isolated.live(label);
            if (live.isPresent()) {
                long run = live.get().get("id").getAsLong();
                container.lares("kill", "TERM", label).succeeded();
                isolated.awaitEnd(label, run);
                isolated.assertNothingLeft(label, run);
            }
            assertEquals(List.of(), Isolated.groups(label), "killed after " + moment + " ms");
        }
    }

    @Test
    void shouldLeaveAnotherAloneThatWasGivenTheNumberOfADeadHost() throws IOException {
        assumeTrue(Files.isWritable(LAST_PID), "cannot choose the number of a process; run the tests as root");
        String label = isolated.daemon("recycled", "none", ALWAYS);
        container.start();
        long run = isolated.awaitReady(label);
        long pid = isolated.pid(label);
        container.kill();
        container.run("kill", "-KILL", "" + pid).succeeded();
        container.await("it is gone", () -> ProcessHandle.of(pid).isEmpty());
        Process other = startAs(pid);
        try {
            container.start();
            assertNotEquals(run, isolated.awaitReady(label));
            assertNotEquals(pid, isolated.pid(label));
            container.stop();
            assertTrue(other.isAlive());
        } finally {
            other.destroyForcibly();
        }
    }

    /** Starts a process with a number that is free. */
    private static Process startAs(long pid) throws IOException {
        for (int attempt = 0; attempt < 1000; attempt++) {
            Files.writeString(LAST_PID, "" + (pid - 1));
            Process process = new ProcessBuilder("sleep", "1000000").start();
            if (process.pid() == pid) {
                return process;
            }
            process.destroyForcibly();
        }
        throw new AssertionError("somebody else has number " + pid);
    }

    @Test
    void shouldStartWithoutAnArchiveThatIsDamagedOrNotItsOwn() throws IOException {
        String label = isolated.daemon("shared", "none", ALWAYS);
        container.start();
        isolated.awaitReady(label);
        container.await("there is an archive", () -> archive().isPresent());
        restart(label);
        assertTrue(maps(label, archive().orElseThrow()));

        Path damaged = archive().orElseThrow();
        byte[] content = Files.readAllBytes(damaged);
        byte[] garbage = content.clone();
        for (int at = garbage.length / 3; at < 2 * garbage.length / 3; at++) {
            garbage[at] ^= 0x55;
        }
        replace(damaged, garbage);
        restart(label);
        assertFalse(maps(label, damaged));
        assertTrue(container.log().contains("its content is not what was written"), container.log());
        container.await("it is made anew", () -> archive().isPresent());
        restart(label);
        assertTrue(maps(label, archive().orElseThrow()));

        // Of another JVM, as after an upgrade in place, but undamaged: only the JVM itself can tell.
        container.stop();
        Path old = archive().orElseThrow();
        byte[] outdated = Files.readAllBytes(old);
        int version = find(outdated, System.getProperty("java.vm.version").getBytes(StandardCharsets.US_ASCII));
        outdated[version]++;
        Path foreign = old.resolveSibling(old.getFileName().toString().split("-")[0] + "-" + sha256(outdated) + ".jsa");
        Files.delete(old);
        replace(foreign, outdated);
        container.start();
        isolated.awaitReady(label);
        assertFalse(maps(label, foreign));
        container.await("it is noticed", () -> container.log().contains("the JVM did not map it"));
        restart(label);
        container.await(
                "it is made anew",
                () -> archive().filter(it -> !it.equals(foreign)).isPresent());
        restart(label);
        assertTrue(maps(label, archive().orElseThrow()));
    }

    @Test
    void shouldStartWithoutAnArchiveThatTheDiskHasNoRoomFor() throws IOException {
        Files.createDirectories(archives);
        mounted = container
                        .run("mount", "-t", "tmpfs", "-o", "size=300m,mode=700", "tmpfs", archives.toString())
                        .exit()
                == 0;
        assumeTrue(mounted, "cannot mount a tmpfs; run the tests as root");
        String label = isolated.daemon("full", "none", ALWAYS);
        container.start();
        long dump = 0;
        while (dump == 0) {
            // The dump takes less than a second; held, it meets a disk that has become full meanwhile.
            dump = dump();
        }
        container.run("kill", "-STOP", "" + dump).succeeded();
        container.run("mount", "-o", "remount,size=1m", archives.toString()).succeeded();
        container.run("kill", "-CONT", "" + dump).succeeded();

        container.await("it is told", () -> container.log().contains("no archive, tried again later: the dump ended"));
        long run = isolated.awaitReady(label);
        try (Stream<Path> files = Files.list(archives)) {
            assertEquals(List.of(), files.toList());
        }
        assertEquals(run, restart(label));
    }

    /** The pid of the JVM that dumps into our folder; 0 if there is none. */
    private long dump() {
        return ProcessHandle.allProcesses()
                .filter(it -> {
                    try {
                        String line = Files.readString(
                                Path.of("/proc/" + it.pid() + "/cmdline"), StandardCharsets.ISO_8859_1);
                        return line.contains("\0-Xshare:dump\0") && line.contains(archives.toString());
                    } catch (IOException ended) {
                        return false;
                    }
                })
                .mapToLong(ProcessHandle::pid)
                .findFirst()
                .orElse(0);
    }

    /** Returns the id of the run that was ended for it. */
    private long restart(String label) {
        long run = isolated.awaitReady(label);
        container.lares("kickstart", "-k", label).succeeded();
        isolated.awaitEnd(label, run);
        isolated.awaitReady(label);
        return run;
    }

    private Optional<Path> archive() {
        if (!Files.isDirectory(archives)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(archives)) {
            return files.filter(it -> it.toString().endsWith(".jsa")).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean maps(String label, Path file) throws IOException {
        return Files.readString(Path.of("/proc/" + isolated.pid(label) + "/maps"))
                .contains(file.toString());
    }

    /** Another file in its place: processes have the old one mapped. */
    private static void replace(Path file, byte[] content) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, content);
    }

    private static int find(byte[] content, byte[] text) {
        for (int at = 0; at < content.length - text.length; at++) {
            int same = 0;
            while (same < text.length && content[at + same] == text[same]) {
                same++;
            }
            if (same == text.length) {
                return at;
            }
        }
        throw new AssertionError("the archive has no version of its JVM");
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
