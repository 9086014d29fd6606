package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lares.xpc.posix.Peer;

/** The door with clients in processes, and of users, of their own. */
@Timeout(60)
class ProcessesTest {
    private static final long STRANGER = 54321;
    private static final long STRANGERS = 54322;

    @TempDir
    private static Path classes;

    private final BlockingQueue<Peer> peers = new LinkedBlockingQueue<>();
    private final BlockingQueue<IOException> ends = new LinkedBlockingQueue<>();
    private final Function<String, Optional<Endpoint>> echo = DoorTest.one("echo", connection -> {
        peers.add(connection.peer());
        try {
            while (true) {
                connection.send(connection.receive());
            }
        } catch (IOException e) {
            ends.add(e);
        }
    });
    private Path socket;
    private Door door;

    @BeforeAll
    static void classes() throws IOException {
        OtherProcess.copyClasses(classes);
    }

    @BeforeEach
    void place(@TempDir Path folder) throws IOException {
        OtherProcess.open(folder);
        socket = folder.resolve("run/test.sock");
    }

    @AfterEach
    void close() throws IOException {
        if (door != null) {
            door.close();
        }
    }

    @Test
    void shouldServeAClientOfAnotherProcess() throws Exception {
        door = Door.open(socket, false, echo);
        Process child = start(List.of(), "hello");
        assertEquals("hello", OtherProcess.line(child));
        Peer peer = peers.remove();
        assertEquals(Ownership.self(), peer.uid());
        assertEquals(child.pid(), peer.pid().orElseThrow());
        assertInstanceOf(EOFException.class, ends.poll(30, TimeUnit.SECONDS));
        assertEquals(0, child.waitFor());
    }

    @Test
    void shouldServeOnWhenAClientIsKilledWithinAMessage() throws Exception {
        door = Door.open(socket, false, echo);
        Process child = start(List.of(), "half");
        assertEquals("half a message is sent", OtherProcess.line(child));
        child.destroyForcibly().waitFor();
        assertInstanceOf(ProtocolException.class, ends.poll(30, TimeUnit.SECONDS));
        greet();
    }

    @Test
    void shouldTakeOverFromAContainerThatWasKilled() throws Exception {
        Process child = OtherProcess.door(List.of(), socket, OtherProcess.OPENS, "-cp", OtherProcess.ourClassPath());
        assertEquals("open", OtherProcess.line(child));
        assertThrows(IOException.class, () -> Door.open(socket, false, echo));
        try (Connection connection = Client.connect(socket, "echo")) {
            assertEquals(child.pid(), connection.peer().pid().orElseThrow());
            child.destroyForcibly().waitFor();
            assertThrows(EOFException.class, connection::receive);
        }
        assertTrue(Files.exists(socket));
        assertThrows(ConnectException.class, () -> Client.connect(socket, "echo"));
        door = Door.open(socket, false, echo);
        greet();
    }

    @Test
    void shouldServeOnAfterTheKernelHadNoMoreDescriptors() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "needs prlimit of util-linux");
        Process child = OtherProcess.door(
                List.of("prlimit", "--nofile=48:48"), socket, OtherProcess.OPENS, "-cp", OtherProcess.ourClassPath());
        assertEquals("open", OtherProcess.line(child));
        greet();
        List<SocketChannel> many = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            many.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        }
        for (SocketChannel each : many) {
            each.close();
        }
        greet();
        child.destroyForcibly().waitFor();
    }

    @Test
    void shouldLetNobodyInIfTheKernelCannotBeAsked() throws Exception {
        List<String[]> lacks = List.of(
                new String[] {"-cp", OtherProcess.ourClassPath()}, // the way to the descriptor
                new String[] {OtherProcess.OPENS, "-cp", classes.toString()}); // JNA
        for (String[] options : lacks) {
            Process child = OtherProcess.door(List.of(), socket, options);
            assertEquals("open", OtherProcess.line(child));
            RefusedException refused = assertThrows(RefusedException.class, () -> Client.connect(socket, "echo"));
            assertTrue(refused.getMessage().contains("who you are"), refused::getMessage);
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldKnowAnotherUser() throws Exception {
        assumeRoot();
        door = Door.open(socket, true, echo);
        Process child = start(asStranger(), "hello");
        assertEquals("hello", OtherProcess.line(child));
        Peer peer = peers.remove();
        assertEquals(STRANGER, peer.uid());
        assertEquals(STRANGERS, peer.gid());
        assertEquals(child.pid(), peer.pid().orElseThrow());
        child.waitFor();
    }

    @Test
    void shouldKeepAnotherUserOut() throws Exception {
        assumeRoot();
        door = Door.open(socket, false, echo);
        Process child = start(asStranger(), "hello");
        String answer = OtherProcess.line(child);
        assertTrue(answer.startsWith("cannot connect to " + socket), answer);
        child.waitFor();

        // The modes of the files are one wall; who gets past it meets the next.
        OtherProcess.open(socket.getParent());
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        child = start(asStranger(), "hello");
        answer = OtherProcess.line(child);
        assertTrue(answer.contains("root only"), answer);
        assertTrue(peers.isEmpty());
        child.waitFor();
    }

    @Test
    void shouldRefuseAFolderOfAnotherUser() throws IOException {
        assumeRoot();
        Files.createDirectory(socket.getParent());
        Files.setAttribute(socket.getParent(), "unix:uid", (int) STRANGER);
        IOException refused = assertThrows(IOException.class, () -> Door.open(socket, true, echo));
        assertTrue(refused.getMessage().startsWith("cannot open " + socket), refused::getMessage);
    }

    private void greet() throws IOException {
        try (Connection connection = Client.connect(socket, "echo")) {
            connection.send("still here");
            assertEquals("still here", connection.receive());
        }
    }

    private Process start(List<String> prefix, String mode) throws IOException {
        return OtherProcess.client(classes, prefix, socket, mode);
    }

    private static List<String> asStranger() {
        return List.of("setpriv", "--reuid=" + STRANGER, "--regid=" + STRANGERS, "--clear-groups");
    }

    private static void assumeRoot() throws IOException {
        assumeTrue(Ownership.self() == Ownership.ROOT, "only root can be two users: run ./test as root");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv of util-linux");
    }
}
