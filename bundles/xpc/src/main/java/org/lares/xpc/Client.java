package org.lares.xpc;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Connects to a {@link Door}. Needs neither JNA nor a framework. */
public final class Client {
    private static final Duration ANSWER_TIME = Duration.ofSeconds(10);

    private Client() {}

    /**
     * Asks for an endpoint and waits for the welcome, at most 10 s.
     *
     * @param socket of the container, see {@link SocketPlace}
     * @param endpoint its {@linkplain Endpoint#name() name}
     * @throws RefusedException if the container says no
     * @throws ConnectException if nobody listens there, we may not enter, or no answer comes in time
     * @throws IOException if what listens there does not speak this protocol
     */
    public static Connection connect(Path socket, String endpoint) throws IOException {
        return connect(socket, new Hello(Hello.VERSION, endpoint), ANSWER_TIME);
    }

    static Connection connect(Path socket, Hello hello, Duration answerTime) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            reach(channel, socket);
            FrameReader reader = new FrameReader(Hello.LARGEST);
            IOException unsent = null;
            try {
                channel.write(hello.encode());
            } catch (IOException e) {
                // A door that is full refuses and closes before it has read the hello: its reason is there to read.
                unsent = e;
            }
            try {
                Hello.check(answer(channel, reader, socket, answerTime));
            } catch (IOException e) {
                if (unsent != null && unsent != e) {
                    e.addSuppressed(unsent);
                }
                throw e;
            }
            channel.configureBlocking(true);
            return new SocketConnection(channel, reader, null);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    /** Does not wait: unix(7) lets us in at once, or says that nobody is there or that too many wait already. */
    private static void reach(SocketChannel channel, Path socket) throws IOException {
        boolean entered;
        try {
            entered = channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (SocketException e) {
            throw noContact(socket, e.getMessage() + "; does the container run, and may you use it?", e);
        }
        if (!entered) {
            throw noContact(socket, "nobody lets us in; does the container hang?", null);
        }
    }

    private static Frame answer(SocketChannel channel, FrameReader reader, Path socket, Duration time)
            throws IOException {
        long deadline = System.nanoTime() + time.toNanos();
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            while (true) {
                Optional<Frame> frame = reader.next();
                if (frame.isPresent()) {
                    return frame.get();
                }
                long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (left <= 0) {
                    throw noContact(socket, "no answer within " + time.toSeconds() + " s; the container hangs", null);
                }
                selector.select(left);
                if (SocketConnection.read(channel, reader) < 0) {
                    throw new ProtocolException("cannot talk to " + socket + ": it closed without an answer");
                }
            }
        }
    }

    private static ConnectException noContact(Path socket, String reason, Throwable cause) {
        ConnectException failure = new ConnectException("cannot connect to " + socket + ": " + reason);
        failure.initCause(cause);
        return failure;
    }
}
