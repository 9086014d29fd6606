package org.lares.xpc.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixTest {

    /** The side of the service manager. */
    private static final class Receiver {
        static {
            Native.register(Receiver.class, Platform.C_LIBRARY_NAME);
        }

        private Receiver() {}

        static native int bind(int socket, Pointer address, int length);

        static native long recv(int socket, Pointer buffer, long length, int flags);
    }

    private static int bind(String name) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        int socket = LibC.socket(1, 2 | LibC.O_CLOEXEC, 0);
        try (Memory address = new Memory(110)) {
            address.clear();
            address.setShort(0, (short) 1);
            address.write(2, path, 0, path.length);
            assertEquals(0, Receiver.bind(socket, address, 2 + path.length));
        }
        return socket;
    }

    private static String receive(int socket) {
        try (Memory buffer = new Memory(100)) {
            long length = Receiver.recv(socket, buffer, 100, 0);
            return new String(buffer.getByteArray(0, (int) length), StandardCharsets.UTF_8);
        } finally {
            LibC.closeQuietly(socket);
        }
    }

    @Test
    void shouldNotifyThroughAPath(@TempDir Path folder) throws Exception {
        String path = folder.resolve("notify").toString();
        int socket = bind(path);
        Posix.notify(path, "READY=1\nSTATUS=up");
        assertEquals("READY=1\nSTATUS=up", receive(socket));
    }

    @Test
    void shouldNotifyThroughAnAbstractName() throws Exception {
        String name = "lares-test-" + ProcessHandle.current().pid();
        int socket = bind("\0" + name);
        Posix.notify("@" + name, "READY=1");
        assertEquals("READY=1", receive(socket));
    }

    @Test
    void shouldSayThatNobodyTakesTheNotice(@TempDir Path folder) {
        String path = folder.resolve("none").toString();
        assertEquals(
                2,
                assertThrows(PosixException.class, () -> Posix.notify(path, "READY=1"))
                        .error());
        assertThrows(IllegalArgumentException.class, () -> Posix.notify("relative", "READY=1"));
        assertThrows(IllegalArgumentException.class, () -> Posix.notify("/" + "x".repeat(107), "READY=1"));
    }

    @Test
    void shouldDoNothingWhereNobodyAskedForANotice() throws Exception {
        assumeTrue(System.getenv("NOTIFY_SOCKET") == null, "a service manager waits for a notice");
        assertFalse(Posix.notify("READY=1"));
    }

    @Test
    void shouldKnowUsersByNameAndNumber() throws Exception {
        Posix.User root = Posix.user("root").orElseThrow();
        assertEquals(0, root.uid());
        assertEquals(0, root.gid());
        assertEquals("/root", root.home());
        assertEquals(Optional.of(root), Posix.user("0"));
        assertEquals(Optional.empty(), Posix.user("no-such-user"));
        assertEquals(Optional.empty(), Posix.user("4123456789"));
        assertEquals(Optional.empty(), Posix.user(""));
        assertEquals(Optional.empty(), Posix.user("99999999999999999999"));
    }

    @Test
    void shouldKnowGroupsByNameAndNumber() throws Exception {
        assertEquals(Optional.of(new Posix.Group("root", 0)), Posix.group("root"));
        assertEquals(Posix.group("root"), Posix.group("0"));
        assertEquals(Optional.empty(), Posix.group("no-such-group"));
    }

    @Test
    void shouldKnowItself() throws Exception {
        assertEquals(((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue(), Posix.uid());
        assertEquals(((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:gid")).longValue(), Posix.gid());
        assertTrue(Posix.nice() >= -20 && Posix.nice() <= 19);
        assertEquals(36, Posix.bootId().length());
    }
}
