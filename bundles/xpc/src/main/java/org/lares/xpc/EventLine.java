package org.lares.xpc;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.posix.Peer;

/**
 * A {@link Line} on the door's selector. {@link #begin}, {@link #proceed} and {@link #end} belong to the door's thread,
 * and so does everything the session hears; all else may be called by any thread.
 */
final class EventLine implements Line {
    /** Of unread messages; beyond it the client is cut off. */
    static final int BACKLOG = 1 << 20;

    private final SocketChannel channel;
    private final FrameReader reader;
    private final Peer peer;
    private final SelectionKey key;
    private EventEndpoint.Session session;

    /** What is still to be written. Guarded by this, as is all below. */
    private final Deque<ByteBuffer> unsent = new ArrayDeque<>();

    private int backlog;
    private boolean corked = true;
    private boolean closing;

    EventLine(SocketChannel channel, FrameReader reader, Peer peer, SelectionKey key) {
        this.channel = channel;
        this.reader = reader;
        this.peer = peer;
        this.key = key;
        reader.accept(Frame.LARGEST);
    }

    /**
     * Welcomes the client, then tells the session what has come with the hello.
     *
     * @throws IOException if the endpoint turns it away, before anything was sent
     */
    void begin(EventEndpoint endpoint) throws IOException {
        EventEndpoint.Session opened = endpoint.open(this);
        ByteBuffer welcome = Hello.welcome();
        synchronized (this) {
            session = opened;
            corked = false;
            unsent.addFirst(welcome);
            backlog += welcome.remaining();
            flush();
        }
        hear();
    }

    /** Does what the kernel says can be done. */
    void proceed() throws IOException {
        if (key.isWritable()) {
            synchronized (this) {
                flush();
            }
        }
        if (key.isValid() && key.isReadable()) {
            boolean ended = SocketConnection.read(channel, reader) < 0;
            hear();
            if (ended) {
                cut();
            }
        }
    }

    private void hear() throws IOException {
        Optional<Frame> frame = reader.next();
        while (frame.isPresent() && channel.isOpen()) {
            if (frame.get().type() != Frame.Type.MESSAGE) {
                throw new ProtocolException("a " + frame.get().type() + " within the conversation");
            }
            session.received(Cbor.decode(frame.get().payload(), SocketConnection.LIMITS));
            frame = reader.next();
        }
    }

    /** Once, when the line is no more. */
    void end() {
        EventEndpoint.Session told = session;
        session = null;
        if (told != null) {
            told.closed();
        }
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public void send(Object message) {
        ByteBuffer frame;
        try {
            frame = Frame.encode(Frame.Type.MESSAGE, Cbor.encode(message));
        } catch (MessageTooLargeException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        synchronized (this) {
            if (closing || !channel.isOpen()) {
                return;
            }
            unsent.add(frame);
            backlog += frame.remaining();
            if (!corked) {
                flush();
            }
            if (backlog > BACKLOG) {
                cut();
            }
        }
    }

    /** Writes what the client takes; a client that has gone is seen by the next read. */
    private void flush() {
        try {
            while (!unsent.isEmpty()) {
                ByteBuffer next = unsent.element();
                backlog -= channel.write(next);
                if (next.hasRemaining()) {
                    break;
                }
                unsent.remove();
            }
            if (!unsent.isEmpty()) {
                want(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            } else if (closing) {
                cut();
            } else {
                want(SelectionKey.OP_READ);
            }
        } catch (IOException e) {
            cut();
        }
    }

    private void want(int operations) {
        try {
            if (key.interestOps() != operations) {
                key.interestOps(operations);
                key.selector().wakeup();
            }
        } catch (CancelledKeyException e) {
            // Closed in this moment by another thread, which the door is told of.
            unsent.clear();
        }
    }

    @Override
    public synchronized void close() {
        closing = true;
        if (unsent.isEmpty() || corked) {
            cut();
        }
    }

    /** Closes without delivering what is unsent. The door's thread sees that the channel is closed, and tells the session. */
    void cut() {
        Door.close(channel);
        key.selector().wakeup();
    }

    boolean over() {
        return !channel.isOpen();
    }
}
