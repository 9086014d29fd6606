package org.lares.shell.verb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Caller;
import org.lares.shell.FakeJobControl;

/** Logs on a real disk. */
class LogTest {
    @TempDir
    private Path folder;

    private final FakeJobControl jobs = FakeJobControl.household();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Cancellation cancellation = new Cancellation();
    private CompletableFuture<Integer> following;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private String log(String... options) throws IOException {
        String[] args = new String[options.length + 2];
        args[0] = "log";
        System.arraycopy(options, 0, args, 1, options.length);
        args[args.length - 1] = "zeta";
        Call call = Call.root(jobs, args);
        assertEquals(0, call.exit(), call.err());
        return call.out();
    }

    @Test
    void shouldPrintAllFilesOldestFirst() throws IOException {
        jobs.logs = List.of(write("1", "a\nb\n"), write("2", "c\nunended"));
        assertEquals("a\nb\nc\nunended\n", log());
        assertEquals("c\nunended\n", log("-n", "2"));
        assertEquals("b\nc\nunended\n", log("-n", "3"));
        assertEquals("a\nb\nc\nunended\n", log("-n", "99"));
        assertEquals("", log("-n", "0"));
    }

    @Test
    void shouldCountLinesBackOverBlocks() throws IOException {
        String line = "x".repeat(99) + "\n";
        jobs.logs = List.of(write("1", line.repeat(3_000)));
        assertEquals(line.repeat(2_000), log("-n", "2000"));
        jobs.logs = List.of(write("2", "a\n\n\nb\n"));
        assertEquals("\n\nb\n", log("-n", "3"));
        jobs.logs = List.of(write("3", "a\nb\n"), write("4", ""));
        assertEquals("b\n", log("-n", "1"));
        jobs.logs = List.of(write("5", "a\nb\n"), write("6", "c\n"));
        assertEquals("b\nc\n", log("-n", "2"));
        assertEquals("c\n", log("-n", "1"));
    }

    @Test
    void shouldMakeWhatAJobWritesHarmless() throws IOException {
        jobs.logs = List.of(write("1", "\u001b]0;owned\u0007\u202edrow\u009b2J\r\ttab \u00e9\n"));
        assertEquals("\\x1b]0;owned\\x07\\u202edrow\\x9b2J\\r\ttab \u00e9\n", log());
        assertEquals(
                "{\"file\":\"" + folder.resolve("1")
                        + "\",\"line\":\"\\u001b]0;owned\\u0007\\u202edrow\\u009b2J\\r\\ttab \\u00e9\"}\n",
                log("--json"));
    }

    @Test
    void shouldBreakEndlessLines() throws IOException {
        jobs.logs = List.of(write("1", "y".repeat(100_000)));
        String printed = log();
        assertEquals(100_000, printed.chars().filter(c -> c == 'y').count());
        assertTrue(printed.lines().allMatch(line -> line.length() <= 16 * 1024));
    }

    @Test
    void shouldSayThatThereIsNoLog() throws IOException {
        assertEquals(5, Call.root(jobs, "log", "zeta").exit());
        assertEquals(5, Call.root(jobs, "log", "-f", "zeta").exit());
    }

    @Test
    void shouldSayWhyALogCannotBeRead() throws IOException {
        jobs.logs = List.of(Files.createDirectory(folder.resolve("log")));
        Call call = Call.root(jobs, "log", "zeta");
        assertEquals(5, call.exit());
        assertTrue(call.err().startsWith("cannot log system/zeta: its log cannot be read ("), call.err());
    }

    @Test
    void shouldFollowOverRenaming() throws Exception {
        Path log = write("log", "1\n");
        jobs.logs = List.of(log);
        follow();
        assertEquals("1\n", lines.take());
        append(log, "2\n3");
        assertEquals("2\n", lines.take());
        Path old = folder.resolve("log.1");
        jobs.logs = List.of(old, log);
        Files.move(log, old);
        append(old, "!\n");
        assertEquals("3!\n", lines.take());
        write("log", "4\n");
        assertEquals("4\n", lines.take());
        append(old, "late\n");
        assertEquals("late\n", lines.take());
    }

    @Test
    void shouldFollowOverCopyingAndCutting() throws Exception {
        Path log = write("log", "1\n2\n");
        jobs.logs = List.of(log);
        follow();
        assertEquals("1\n", lines.take());
        assertEquals("2\n", lines.take());
        Path copy = folder.resolve("log.1");
        Path prepared = folder.resolve("log.tmp");
        // what is in the copy beyond what was read comes from there, and only once
        Files.copy(log, prepared);
        append(prepared, "3\n");
        Files.move(prepared, copy, StandardCopyOption.ATOMIC_MOVE);
        jobs.logs = List.of(copy, log);
        Files.write(log, new byte[0]);
        assertEquals("3\n", lines.take());
        append(log, "4\n");
        assertEquals("4\n", lines.take());
    }

    @Test
    void shouldFollowOverARestart() throws Exception {
        Path first = write("run-1", "1\nunended");
        jobs.logs = List.of(first);
        follow();
        assertEquals("1\n", lines.take());
        Path second = folder.resolve("run-2");
        jobs.logs = List.of(second);
        write("run-2", "2\n");
        assertEquals("unended\n", lines.take());
        assertEquals("2\n", lines.take());
    }

    private void follow() {
        Session session = new Session(
                jobs,
                new Access(new Caller(0, 0, OptionalLong.empty()), 0),
                lines::add,
                lines::add,
                OptionalInt.empty(),
                Optional.empty(),
                ZoneOffset.UTC,
                cancellation,
                "0.1.0");
        following = CompletableFuture.supplyAsync(() -> {
            try {
                return Verbs.run(session, List.of("log", "-f", "zeta"));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    @AfterEach
    void shouldEndWhenCancelled() {
        cancellation.cancel();
        if (following != null) {
            assertEquals(0, following.join());
        }
    }
}
