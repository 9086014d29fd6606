package org.lares.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.lares.xpc.Connection;
import org.lares.xpc.Door;
import org.lares.xpc.Endpoint;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.Order;

/** A container's door, which can be closed and opened again. The test does all the talking. */
final class FakeContainer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final Path socket;
    private final BlockingQueue<Visit> visits = new LinkedBlockingQueue<>();
    private Door door;

    FakeContainer(Path socket) throws IOException {
        this.socket = socket;
        open();
    }

    void open() throws IOException {
        door = Door.open(
                socket,
                false,
                name -> Optional.of(new Endpoint() {
                    @Override
                    public String name() {
                        return Order.ENDPOINT;
                    }

                    @Override
                    public void serve(Connection connection) throws IOException {
                        Visit visit = new Visit(connection);
                        visits.add(visit);
                        while (true) {
                            visit.said.add(FromHost.of(connection.receive()).orElseThrow());
                        }
                    }
                }));
    }

    /** As when its process dies: all lines are cut. */
    @Override
    public void close() throws IOException {
        door.close();
    }

    /** The next host that comes in. */
    Visit next() throws InterruptedException {
        Visit visit = visits.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (visit == null) {
            throw new AssertionError("nobody comes in");
        }
        return visit;
    }

    /** A host at the door. */
    static final class Visit {
        private final Connection connection;
        private final BlockingQueue<FromHost> said = new LinkedBlockingQueue<>();

        Visit(Connection connection) {
            this.connection = connection;
        }

        void say(FromContainer message) throws IOException {
            connection.send(message.message());
        }

        void sayRaw(Object message) throws IOException {
            connection.send(message);
        }

        void cut() throws IOException {
            connection.close();
        }

        FromHost hear() throws InterruptedException {
            FromHost message = said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("it says nothing");
            }
            return message;
        }

        /** The next message of that type; others are passed over. */
        <T extends FromHost> T hear(Class<T> type) throws InterruptedException {
            while (true) {
                FromHost message = hear();
                if (type.isInstance(message)) {
                    return type.cast(message);
                }
            }
        }

        /** How often that was said, as far as it has arrived. */
        long count(Class<? extends FromHost> type) {
            return said.stream().filter(type::isInstance).count();
        }

        FromHost.CheckIn checkIn() throws InterruptedException {
            return (FromHost.CheckIn) hear();
        }

        /** Lets it in as a container does: with a check of the ticket and the next one. */
        FromHost.CheckIn admit(String ticket, String next) throws Exception {
            FromHost.CheckIn in = checkIn();
            if (!Arrays.equals(in.ticket(), ticket.getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
                throw new AssertionError(
                        "another ticket: " + new String(in.ticket(), java.nio.charset.StandardCharsets.UTF_8));
            }
            say(new FromContainer.CheckedIn(next.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            if (!(hear() instanceof FromHost.Kept)) {
                throw new AssertionError("the ticket is not kept");
            }
            return in;
        }

        void go(Configuration... configurations) throws IOException {
            say(new FromContainer.Go("12", List.of(configurations)));
        }
    }
}
