package org.lares.xpc.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PidfdTest {
    private static final long NO_LIMIT = -1;

    private static Pidfd shell(String script) throws PosixException {
        return new Spawn("/bin/sh", List.of("sh", "-c", script), List.of())
                .directory("/")
                .open(0, "/dev/null", Spawn.READ, 0)
                .open(1, "/dev/null", Spawn.READ_WRITE, 0)
                .open(2, "/dev/null", Spawn.READ_WRITE, 0)
                .start(3);
    }

    private static Exit await(Pidfd process) throws PosixException {
        try (Epoll epoll = new Epoll()) {
            epoll.add(process, 7);
            assertArrayEquals(new long[] {7}, epoll.await(NO_LIMIT));
        }
        return process.reap().orElseThrow();
    }

    @Test
    void shouldTellAnExitFromASignal() throws Exception {
        try (Pidfd process = shell("exit 137")) {
            Exit exit = await(process);
            assertFalse(exit.signaled());
            assertEquals(137, exit.number());
            assertTrue(exit.measured());
            assertEquals(-1, exit.memory());
            assertEquals(Optional.empty(), process.reap());
            assertFalse(process.signal(9));
        }
        try (Pidfd process = shell("kill -9 $$")) {
            Exit exit = await(process);
            assertTrue(exit.signaled());
            assertEquals(9, exit.number());
        }
    }

    @Test
    void shouldNotBlockForAProcessThatLives() throws Exception {
        try (Pidfd process = shell("exec sleep 1000")) {
            assertEquals(Optional.empty(), process.reap());
            assertEquals(Optional.empty(), process.recall());
            assertTrue(process.signalGroup(0));
            assertTrue(process.signalGroup(9));
            assertEquals(9, await(process).number());
            assertFalse(process.signalGroup(0));
        }
    }

    @Test
    void shouldRecallTheEndOfAProcessThatSomebodyElseWaitedFor() throws Exception {
        // The JDK waits for those it starts.
        Process end = new ProcessBuilder("/bin/sh", "-c", "read line; exit 137").start();
        Process signal = new ProcessBuilder("/bin/sh", "-c", "read line; kill -9 $$").start();
        try (Pidfd ended = Pidfd.open(end.pid()).orElseThrow();
                Pidfd signaled = Pidfd.open(signal.pid()).orElseThrow()) {
            end.getOutputStream().close();
            signal.getOutputStream().close();
            end.waitFor();
            signal.waitFor();
            assertEquals(Optional.empty(), ended.reap());
            Optional<Exit> recalled = ended.recall();
            assumeTrue(recalled.isPresent(), "needs PIDFD_INFO_EXIT, Linux 6.15");
            assertEquals(Exit.ofWaitStatus(137 << 8), recalled.get());
            assertEquals(Optional.of(Exit.ofWaitStatus(9)), signaled.recall());
        }
    }

    @Test
    void shouldEndAChildAtOnce() throws Exception {
        Pidfd process = shell("exec sleep 1000");
        process.destroy();
        assertFalse(process.signal(0));
        assertEquals(Optional.empty(), Pidfd.open(process.pid()));
    }

    @Test
    void shouldDoNothingOnceItIsClosed() throws Exception {
        Pidfd self = Pidfd.open(ProcessHandle.current().pid()).orElseThrow();
        self.close();
        self.close();
        assertFalse(self.signal(0));
        assertFalse(self.signalGroup(0));
        assertEquals(Optional.empty(), self.reap());
        assertEquals(Optional.empty(), self.recall());
    }

    @Test
    void shouldLeaveNothingBehindWhereASpawnFails() {
        PosixException failure = assertThrows(
                PosixException.class, () -> new Spawn("/no/such/program", List.of("x"), List.of()).start(0));
        assertEquals(2, failure.error());
        assertEquals("posix_spawn: No such file or directory", failure.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Spawn("/bin/true", List.of("a\0b"), List.of()).start(0));
    }

    @Test
    void shouldWakeAndKeepTime() throws Exception {
        try (Epoll epoll = new Epoll()) {
            assertArrayEquals(new long[0], epoll.await(0));
            epoll.wake();
            epoll.wake();
            assertArrayEquals(new long[] {Epoll.WOKEN}, epoll.await(NO_LIMIT));
            assertArrayEquals(new long[0], epoll.await(0));
        }
    }

    @Test
    void shouldReadWhatAChildWroteThroughAPipe() throws Exception {
        try (Pipe pipe = new Pipe();
                Epoll epoll = new Epoll()) {
            epoll.add(pipe, 1);
            Pidfd process = new Spawn("/bin/sh", List.of("sh", "-c", "printf word"), List.of())
                    .give(pipe, 1)
                    .start(2);
            pipe.closeWriteEnd();
            assertArrayEquals(new long[] {1}, epoll.await(NO_LIMIT));
            assertEquals("word", new String(pipe.read(100), java.nio.charset.StandardCharsets.UTF_8));
            assertArrayEquals(new long[] {1}, epoll.await(NO_LIMIT));
            assertEquals(0, pipe.read(100).length);
            epoll.remove(pipe);
            assertEquals(0, await(process).number());
            process.close();
        }
    }
}
