package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.CborException;

@Timeout(60)
class DoorTest {
    private static final Duration SHORT = Duration.ofMillis(100);

    private Path socket;

    /** What ended the echo of each connection. */
    private final BlockingQueue<IOException> ends = new LinkedBlockingQueue<>();

    private final Deque<Door> doors = new ArrayDeque<>();

    @BeforeEach
    void place(@TempDir Path folder) {
        socket = folder.resolve("run/test.sock");
    }

    @AfterEach
    void close() throws IOException {
        for (Door each : doors) {
            each.close();
        }
    }

    @Test
    void shouldCarryMessagesBothWays() throws IOException {
        opened();
        try (Connection connection = Client.connect(socket, "echo")) {
            for (Object message : List.of(1L, "two", List.of(3.0), Map.of("four", 4L), "x".repeat(900_000))) {
                connection.send(message);
                assertEquals(message, connection.receive());
            }
        }
    }

    @Test
    void shouldTellBothSidesWhoTheOtherIs() throws IOException {
        BlockingQueue<Connection> seen = new LinkedBlockingQueue<>();
        opened(Door.open(socket, false, one("who", connection -> {
            seen.add(connection);
            connection.send(connection.peer().uid());
        })));
        try (Connection connection = Client.connect(socket, "who")) {
            assertEquals(Ownership.self(), connection.receive());
            assertEquals(
                    ProcessHandle.current().pid(), seen.remove().peer().pid().orElseThrow());
            assertEquals(ProcessHandle.current().pid(), connection.peer().pid().orElseThrow());
            assertEquals(Ownership.self(), connection.peer().uid());
        }
    }

    @Test
    void shouldKeepMessagesOfSeveralThreadsWhole() throws Exception {
        opened();
        try (Connection connection = Client.connect(socket, "echo")) {
            List<Thread> senders = new ArrayList<>();
            for (int sender = 0; sender < 4; sender++) {
                String text = String.valueOf((char) ('a' + sender)).repeat(40_000);
                Thread thread = new Thread(() -> {
                    try {
                        for (int i = 0; i < 25; i++) {
                            connection.send(text);
                        }
                    } catch (IOException e) {
                        ends.add(e);
                    }
                });
                senders.add(thread);
                thread.start();
            }
            for (int i = 0; i < 100; i++) {
                String text = (String) connection.receive();
                assertEquals(text.substring(0, 1).repeat(40_000), text);
            }
            for (Thread each : senders) {
                each.join();
            }
            assertTrue(ends.isEmpty(), () -> ends.toString());
        }
    }

    @Test
    void shouldGiveTheClientTheEndOfTheStream() throws IOException {
        opened(Door.open(socket, false, one("brief", connection -> connection.send("bye"))));
        try (Connection connection = Client.connect(socket, "brief")) {
            assertEquals("bye", connection.receive());
            assertThrows(EOFException.class, connection::receive);
        }
    }

    @Test
    void shouldServeOnWhenAnEndpointFails() throws IOException {
        opened(Door.open(socket, false, one("bad", connection -> {
            throw new IllegalStateException("on purpose");
        })));
        for (int i = 0; i < 3; i++) {
            try (Connection connection = Client.connect(socket, "bad")) {
                assertThrows(EOFException.class, connection::receive);
            }
        }
    }

    @Test
    void shouldServeOnWhenTheLookupFails() throws IOException {
        Function<String, Optional<Endpoint>> echo = one("echo", this::echo);
        opened(Door.open(socket, false, name -> {
            if (name.equals("bad")) {
                throw new IllegalStateException("on purpose");
            }
            return echo.apply(name);
        }));
        assertThrows(IOException.class, () -> Client.connect(socket, "bad"));
        greet();
    }

    @Test
    void shouldRefuseWithTheReason() throws IOException {
        opened();
        RefusedException unknown = assertThrows(RefusedException.class, () -> Client.connect(socket, "nobody"));
        assertTrue(unknown.getMessage().contains("nobody"), unknown.getMessage());
        RefusedException version = assertThrows(
                RefusedException.class, () -> Client.connect(socket, new Hello(7, "echo"), Duration.ofSeconds(10)));
        assertTrue(version.getMessage().contains("version 7"), version.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Client.connect(socket, "a b"));
    }

    @Test
    void shouldRefuseMoreThanItHasPlacesFor() throws IOException {
        List<Connection> inside = new ArrayList<>();
        opened();
        try {
            for (int i = 0; i < Admission.VISITS.all(); i++) {
                inside.add(Client.connect(socket, "echo"));
            }
            RefusedException full = assertThrows(RefusedException.class, () -> Client.connect(socket, "echo"));
            assertTrue(full.getMessage().contains("too many"), full.getMessage());
            inside.get(0).send("still served");
            assertEquals("still served", inside.get(0).receive());
        } finally {
            for (Connection each : inside) {
                each.close();
            }
        }
    }

    @Test
    void shouldNotSendWhatDoesNotFitAFrame() throws IOException {
        opened();
        try (Connection connection = Client.connect(socket, "echo")) {
            assertThrows(MessageTooLargeException.class, () -> connection.send(new byte[Frame.LARGEST]));
            assertThrows(IllegalArgumentException.class, () -> connection.send(new Object()));
            connection.send("next");
            assertEquals("next", connection.receive());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ffffffff04", // a giant length
                "0000100104", // one byte more than a hello may have
                "474554202f20485454502f312e310d0a", // another protocol
                "00000001040a", // no hello
                "0000000101ff", // a hello that is no CBOR
                "0000000101a0", // a hello without fields
                "000000180001", // type 0
            })
    void shouldTurnAwayWhoDoesNotGreet(String hex) throws IOException {
        opened();
        // Far more than there are places, so that one not given back would show.
        for (int i = 0; i < 3 * Admission.VISITS.all(); i++) {
            try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                raw.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
                assertThrows(RefusedException.class, () -> Hello.check(readFrame(raw)));
            }
        }
        greet();
    }

    @Test
    void shouldNotMindClientsThatGoWithoutAWord() throws IOException {
        opened();
        for (int i = 0; i < 3 * Admission.VISITS.all(); i++) {
            try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                raw.write(ByteBuffer.wrap(new byte[i % 5]));
            }
            greet();
        }
    }

    @Test
    void shouldServeOthersBesideSilentClients() throws IOException {
        opened();
        List<SocketChannel> silent = new ArrayList<>();
        for (int i = 0; i < Admission.VISITS.all() / 2; i++) {
            silent.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
            silent.get(i).write(ByteBuffer.wrap(new byte[i % 5]));
        }
        greet();
        for (SocketChannel each : silent) {
            each.close();
        }
    }

    @Test
    void shouldNotWaitForSilentClients() throws IOException {
        opened(Door.open(socket, false, one("echo", this::echo), name -> Optional.empty(), SHORT));
        for (int bytes = 0; bytes < 5; bytes++) {
            List<SocketChannel> silent = new ArrayList<>();
            for (int i = 0; i < Admission.VISITS.all() / 4; i++) {
                silent.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
                try {
                    silent.get(i).write(ByteBuffer.wrap(new byte[bytes]));
                } catch (SocketException refusedAlready) {
                    ends.add(refusedAlready);
                }
            }
            for (SocketChannel each : silent) {
                RefusedException late = assertThrows(RefusedException.class, () -> Hello.check(readFrame(each)));
                assertTrue(late.getMessage().contains("in time"), late::getMessage);
                each.close();
            }
        }
    }

    @Test
    void shouldEndAConversationThatBreaksTheRules() throws Exception {
        Map<String, Class<? extends IOException>> broken = Map.of(
                "ffffffff04", ProtocolException.class,
                "0000000104ff", CborException.class,
                "000000010100", ProtocolException.class,
                "00000009040102", ProtocolException.class);
        opened();
        for (Map.Entry<String, Class<? extends IOException>> each : broken.entrySet()) {
            try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                raw.write(new Hello(Hello.VERSION, "echo").encode());
                Hello.check(readFrame(raw));
                raw.write(ByteBuffer.wrap(HexFormat.of().parseHex(each.getKey())));
                raw.shutdownOutput();
                assertInstanceOf(each.getValue(), ends.poll(30, TimeUnit.SECONDS));
            }
        }
        greet();
    }

    @Test
    void shouldTakeMessagesSentTogetherWithTheHello() throws IOException {
        opened();
        try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            byte[] text = Cbor.encode("early".repeat(2000));
            ByteBuffer hello = new Hello(Hello.VERSION, "echo").encode();
            ByteBuffer message = Frame.encode(Frame.Type.MESSAGE, text);
            ByteBuffer both = ByteBuffer.allocate(hello.remaining() + message.remaining());
            raw.write(both.put(hello).put(message).flip());
            FrameReader reader = new FrameReader(Frame.LARGEST);
            Hello.check(readFrame(raw, reader));
            byte[] echoed = new byte[text.length];
            readFrame(raw, reader).payload().get(echoed);
            assertArrayEquals(text, echoed);
        }
    }

    @Test
    void shouldEndAllThreadsWhenItCloses() throws Exception {
        CompletableFuture<Thread> full = new CompletableFuture<>();
        Door door = Door.open(socket, false, one("flood", connection -> {
            full.complete(Thread.currentThread());
            while (true) {
                connection.send("nobody reads this".repeat(1000));
            }
        }));
        try (Connection connection = Client.connect(socket, "flood");
                SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            connection.send("nor this");
            assertTrue(silent.isConnected());
            Thread thread = full.get(30, TimeUnit.SECONDS);
            door.close();
            assertFalse(thread.isAlive());
            assertEquals(List.of(), doorThreads());
            assertFalse(Files.exists(socket));
            door.close();
        }
        assertThrows(ConnectException.class, () -> Client.connect(socket, "flood"));
    }

    @Test
    void shouldCloseFromWithinAnEndpoint() throws Exception {
        CompletableFuture<Door> self = new CompletableFuture<>();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        self.complete(Door.open(socket, false, one("close", connection -> {
            self.join().close();
            interrupted.complete(Thread.currentThread().isInterrupted());
        })));
        try (Connection connection = Client.connect(socket, "close")) {
            assertThrows(EOFException.class, connection::receive);
        }
        assertFalse(interrupted.get(30, TimeUnit.SECONDS));
        assertFalse(Files.exists(socket));
    }

    @Test
    void shouldLeaveNoDescriptorBehind() throws IOException {
        conversations();
        long before = descriptors();
        conversations();
        assertTrue(descriptors() <= before, "descriptors are left behind");
    }

    @Test
    void shouldReplaceTheSocketOfADeadContainer() throws IOException {
        open().close();
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertTrue(Files.exists(socket));
        opened();
        greet();
    }

    @Test
    void shouldNotStealALiveSocket() throws IOException {
        Door door = opened();
        IOException taken = assertThrows(IOException.class, this::open);
        assertTrue(taken.getMessage().startsWith("cannot open " + socket + ": another container"), taken::getMessage);
        greet();
        door.close();
        try (ServerSocketChannel stranger = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stranger.bind(UnixDomainSocketAddress.of(socket));
            assertThrows(IOException.class, this::open);
            assertTrue(Files.exists(socket));
        }
    }

    @Test
    void shouldNotReplaceWhatIsNoSocket() throws IOException {
        open().close();
        Files.writeString(socket, "precious");
        assertThrows(IOException.class, this::open);
        assertEquals("precious", Files.readString(socket));
    }

    @Test
    void shouldKeepFolderAndSocketNarrow() throws IOException {
        Door door = opened();
        assertEquals("rwx------", mode(socket.getParent()));
        assertEquals("rw-------", mode(socket));
        door.close();
        opened(Door.open(socket, true, one("echo", this::echo)));
        assertEquals("rwx--x--x", mode(socket.getParent()));
        assertEquals("rw-rw-rw-", mode(socket));
    }

    @Test
    void shouldRefuseAFolderThatOthersCanWrite() throws IOException {
        Files.createDirectory(socket.getParent());
        Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxrwx---"));
        assertThrows(IOException.class, this::open);
    }

    @Test
    void shouldRefuseAFolderThatIsALink() throws IOException {
        Files.createSymbolicLink(
                socket.getParent(),
                Files.createDirectory(socket.resolveSibling("../real").normalize()));
        assertThrows(IOException.class, this::open);
    }

    @Test
    void shouldSayThatAPathIsTooLong() {
        socket = socket.resolveSibling("x".repeat(120));
        IOException failure = assertThrows(IOException.class, this::open);
        assertTrue(failure.getMessage().startsWith("cannot open "), failure::getMessage);
        assertThrows(ConnectException.class, () -> Client.connect(socket, "echo"));
    }

    @Test
    void shouldNotWaitForAContainerThatHangs() throws IOException {
        Files.createDirectory(socket.getParent());
        try (ServerSocketChannel hanging = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            hanging.bind(UnixDomainSocketAddress.of(socket));
            assertThrows(ConnectException.class, () -> Client.connect(socket, new Hello(Hello.VERSION, "echo"), SHORT));
        }
    }

    @Test
    void shouldNotQueueForNorReplaceAContainerThatHangs() throws IOException {
        Files.createDirectory(
                socket.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        List<SocketChannel> queue = new ArrayList<>();
        try (ServerSocketChannel hanging = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            hanging.bind(UnixDomainSocketAddress.of(socket), 1);
            for (int i = 0; i < 2; i++) {
                queue.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
            }
            assertThrows(ConnectException.class, () -> Client.connect(socket, "echo"));
            IOException taken = assertThrows(IOException.class, this::open);
            assertTrue(taken.getMessage().contains("another container"), taken::getMessage);
            assertTrue(Files.exists(socket));
        } finally {
            for (SocketChannel each : queue) {
                each.close();
            }
        }
    }

    @Test
    void shouldOutliveAnyBytes() throws IOException {
        SplittableRandom random = new SplittableRandom(65);
        opened();
        for (int round = 0; round < 400; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            // Half of them a frame of a size that is accepted, so that they get further.
            if (bytes.length > 5 && random.nextBoolean()) {
                ByteBuffer.wrap(bytes).putInt(bytes.length - 5).put((byte) random.nextInt(1, 5));
            }
            try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                if (random.nextBoolean()) {
                    raw.write(new Hello(Hello.VERSION, "echo").encode());
                }
                raw.write(ByteBuffer.wrap(bytes));
                raw.shutdownOutput();
                drain(raw);
            } catch (SocketException goneAlready) {
                ends.add(goneAlready);
            }
        }
        greet();
    }

    @Test
    void shouldNotShowControlCharactersOfARefusal() throws IOException {
        FrameReader reader = new FrameReader(Hello.LARGEST);
        reader.space()
                .put(Frame.encode(
                        Frame.Type.REFUSED, Cbor.encode(Map.of("reason", "\u001b[2Jno\u0007\u202e\nreally"))));
        Frame refusal = reader.next().orElseThrow();
        RefusedException shown = assertThrows(RefusedException.class, () -> Hello.check(refusal));
        assertEquals("?[2Jno???really", shown.getMessage());
    }

    private void conversations() throws IOException {
        Door door = opened();
        for (int i = 0; i < 20; i++) {
            greet();
            assertThrows(RefusedException.class, () -> Client.connect(socket, "nobody"));
            try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                raw.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 9}));
            }
        }
        door.close();
    }

    private void greet() throws IOException {
        try (Connection connection = Client.connect(socket, "echo")) {
            connection.send("hello");
            assertEquals("hello", connection.receive());
        }
    }

    private Door open() throws IOException {
        return Door.open(socket, false, one("echo", this::echo));
    }

    private Door opened() throws IOException {
        return opened(open());
    }

    /** Closed at the end of the test, if not before. */
    private Door opened(Door door) {
        doors.add(door);
        return door;
    }

    private void echo(Connection connection) throws IOException {
        try {
            while (true) {
                connection.send(connection.receive());
            }
        } catch (EOFException e) {
            return;
        } catch (IOException e) {
            ends.add(e);
            throw e;
        }
    }

    static Frame readFrame(SocketChannel raw) throws IOException {
        return readFrame(raw, new FrameReader(Frame.LARGEST));
    }

    private static Frame readFrame(SocketChannel raw, FrameReader reader) throws IOException {
        Optional<Frame> frame = reader.next();
        while (frame.isEmpty()) {
            if (SocketConnection.read(raw, reader) < 0) {
                throw new EOFException();
            }
            frame = reader.next();
        }
        return frame.get();
    }

    private static void drain(SocketChannel raw) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(4096);
        while (raw.read(some) >= 0) {
            some.clear();
        }
    }

    private static List<String> doorThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("lares-door"))
                .toList();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    interface Service {
        void serve(Connection connection) throws IOException;
    }

    static Function<String, Optional<Endpoint>> one(String name, Service service) {
        Endpoint endpoint = new Endpoint() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void serve(Connection connection) throws IOException {
                service.serve(connection);
            }
        };
        return asked -> asked.equals(name) ? Optional.of(endpoint) : Optional.empty();
    }
}
