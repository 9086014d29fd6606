package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EventEndpointTest {
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private Path socket;
    private Door door;

    @BeforeEach
    void place(@TempDir Path folder) {
        socket = folder.resolve("run/test.sock");
    }

    @AfterEach
    void close() throws IOException {
        door.close();
    }

    private void open(BiConsumer<Line, Object> received) throws IOException {
        EventEndpoint endpoint = new EventEndpoint() {
            @Override
            public String name() {
                return "stay";
            }

            @Override
            public Session open(Line line) {
                lines.add(line);
                return new Session() {
                    @Override
                    public void received(Object message) {
                        heard.add(message);
                        received.accept(line, message);
                    }

                    @Override
                    public void closed() {
                        heard.add("closed");
                    }
                };
            }
        };
        open(endpoint);
    }

    private void open(EventEndpoint endpoint) throws IOException {
        door = Door.open(
                socket,
                false,
                name -> Optional.empty(),
                name -> name.equals("stay") ? Optional.of(endpoint) : Optional.empty());
    }

    private Object next() throws InterruptedException {
        return heard.poll(30, TimeUnit.SECONDS);
    }

    @Test
    void shouldCarryMessagesBothWaysAndTellTheEnd() throws Exception {
        open((line, message) -> line.send(List.of("echo", message)));
        try (Connection connection = Client.connect(socket, "stay")) {
            for (Object message : List.of(1L, "two", "x".repeat(500_000))) {
                connection.send(message);
                assertEquals(List.of("echo", message), connection.receive());
                assertEquals(message, next());
            }
            assertEquals(
                    ProcessHandle.current().pid(), lines.element().peer().pid().orElseThrow());
        }
        assertEquals("closed", next());
    }

    @Test
    void shouldServeManyWithoutAThreadForEach() throws Exception {
        open((line, message) -> line.send(message));
        List<Connection> many = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            many.add(Client.connect(socket, "stay"));
        }
        long serving = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lares-door"))
                .count();
        assertEquals(1, serving);
        for (Connection each : many) {
            each.send("hello");
        }
        for (Connection each : many) {
            assertEquals("hello", each.receive());
            each.close();
        }
    }

    @Test
    void shouldDeliverWhatWasSentBeforeTheClose() throws Exception {
        open((line, message) -> {
            line.send("x".repeat(700_000));
            line.close();
            line.send("not any more");
        });
        try (Connection connection = Client.connect(socket, "stay")) {
            connection.send("go");
            assertEquals(700_000, ((String) connection.receive()).length());
            assertThrows(EOFException.class, connection::receive);
        }
        assertEquals("go", next());
        assertEquals("closed", next());
    }

    @Test
    void shouldCutOffAClientThatDoesNotRead() throws Exception {
        open((line, message) -> {
            for (int i = 0; i < 64; i++) {
                line.send("x".repeat(100_000));
            }
        });
        try (Connection connection = Client.connect(socket, "stay")) {
            connection.send("flood");
            assertEquals("flood", next());
            assertEquals("closed", next());
        }
    }

    @Test
    void shouldTurnAwayWithTheReason() throws Exception {
        open(new EventEndpoint() {
            @Override
            public String name() {
                return "stay";
            }

            @Override
            public Session open(Line line) throws IOException {
                line.send("never seen");
                throw new IOException("not you");
            }
        });
        RefusedException refused = assertThrows(RefusedException.class, () -> Client.connect(socket, "stay"));
        assertTrue(refused.getMessage().contains("not you"), refused.getMessage());
    }

    @Test
    void shouldTellTheSessionsThatTheDoorCloses() throws Exception {
        open((line, message) -> {});
        try (Connection connection = Client.connect(socket, "stay")) {
            connection.send("here");
            assertEquals("here", next());
            door.close();
            assertEquals("closed", next());
            assertThrows(IOException.class, connection::receive);
        }
    }

    @Test
    void shouldCloseTheLineOfASessionThatFails() throws Exception {
        open((line, message) -> {
            throw new IllegalStateException("on purpose");
        });
        try (Connection connection = Client.connect(socket, "stay")) {
            connection.send("boom");
            assertEquals("boom", next());
            assertEquals("closed", next());
            assertThrows(IOException.class, connection::receive);
        }
    }
}
