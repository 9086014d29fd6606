package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A program from a property list, over the lives of the program and of the container. */
class ProgramIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ExecutorService reader = Executors.newSingleThreadExecutor(task -> new Thread(task, "starts"));
    private final List<Long> seen = new ArrayList<>();
    private Container container;
    private RandomAccessFile fifo;

    @BeforeEach
    void unpack() throws IOException {
        container = Container.unpack();
        Path pipe = container.base().resolve("starts");
        container.run("mkfifo", pipe.toString()).succeeded();
        // Open for writing too: it does not end between two runs.
        fifo = new RandomAccessFile(pipe.toFile(), "rw");

        Path program = container.base().resolve("program");
        Files.writeString(program, "#!/bin/sh\necho $$ >" + pipe + "\nexec sleep 1000000\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path list = container.base().resolve("etc/launchd/daemons/org.lares.itests.program.plist");
        Files.writeString(
                list,
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <plist version="1.0">
                <dict>
                    <key>Label</key><string>org.lares.itests.program</string>
                    <key>Program</key><string>%s</string>
                    <key>KeepAlive</key><true/>
                    <key>ThrottleInterval</key><integer>1</integer>
                </dict>
                </plist>
                """
                        .formatted(program));
        Files.setPosixFilePermissions(list, PosixFilePermissions.fromString("rw-r--r--"));
    }

    @AfterEach
    void remove() throws IOException {
        container.process().ifPresent(running -> container.kill());
        // Programs outlive a killed container, as they must.
        seen.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        // Wakes the reader, if it still waits.
        fifo.write('\n');
        reader.shutdown();
        fifo.close();
        container.close();
    }

    @Test
    void shouldComeBackAfterSigkill() throws Exception {
        container.start();
        long first = nextStart();

        ProcessHandle.of(first).orElseThrow().destroyForcibly();

        assertNotEquals(first, nextStart());
    }

    @Test
    void shouldOutliveTheContainerAndBeAdoptedByTheNext() throws Exception {
        container.start();
        long program = nextStart();
        container.kill();
        assertTrue(ProcessHandle.of(program).orElseThrow().isAlive());

        container.start();

        // A second process would be older than this one and would have said so first.
        Process marker = new ProcessBuilder("sleep", "600").start();
        try {
            ProcessHandle.of(program).orElseThrow().destroyForcibly();
            ProcessHandle next = ProcessHandle.of(nextStart()).orElseThrow();
            assertNotEquals(program, next.pid());
            assertFalse(started(next).isBefore(started(marker.toHandle())), "started beside the adopted one");
        } finally {
            marker.destroyForcibly();
        }
    }

    @Test
    void shouldEndWithAnOrderlyStop() throws Exception {
        container.start();
        long program = nextStart();

        ProcessHandle process = ProcessHandle.of(program).orElseThrow();

        container.stop();

        assertFalse(process.isAlive());
    }

    private static Instant started(ProcessHandle process) {
        return process.info().startInstant().orElseThrow();
    }

    /** The pid of the next process of the program that says that it has started. */
    private long nextStart() throws InterruptedException, ExecutionException {
        try {
            long pid = Long.parseLong(reader.submit(() -> fifo.readLine())
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .strip());
            seen.add(pid);
            return pid;
        } catch (TimeoutException e) {
            throw new AssertionError("no start of the program in " + PATIENCE + "\n" + container.log(), e);
        }
    }
}
