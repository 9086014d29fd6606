package org.lares.xpc;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.Limits;
import org.lares.xpc.posix.Peer;

/** Over a blocking channel, after the welcome. */
final class SocketConnection implements Connection {
    static final Limits LIMITS = new Limits(Frame.LARGEST, Limits.DEFAULT.depth(), Limits.DEFAULT.items());

    /** The JDK keeps a direct buffer for each thread, as large as the largest transfer from the heap. */
    private static final int TRANSFER = 64 << 10;

    private final SocketChannel channel;
    private final FrameReader reader;
    private final Object sending = new Object();
    private volatile Peer peer;

    /**
     * @param reader with what has come after the hello or the welcome
     * @param peer null if the kernel has not yet been asked
     */
    SocketConnection(SocketChannel channel, FrameReader reader, Peer peer) {
        this.channel = channel;
        this.reader = reader;
        this.peer = peer;
        reader.accept(Frame.LARGEST);
    }

    @Override
    public Peer peer() {
        Peer known = peer;
        if (known == null) {
            try {
                known = Peer.of(channel);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            peer = known;
        }
        return known;
    }

    @Override
    public void send(Object message) throws IOException {
        write(Frame.encode(Frame.Type.MESSAGE, Cbor.encode(message)));
    }

    void write(ByteBuffer frame) throws IOException {
        synchronized (sending) {
            int end = frame.limit();
            while (frame.position() < end) {
                frame.limit(Math.min(end, frame.position() + TRANSFER));
                channel.write(frame);
            }
        }
    }

    @Override
    public Object receive() throws IOException {
        synchronized (reader) {
            Optional<Frame> frame = reader.next();
            while (frame.isEmpty()) {
                if (read(channel, reader) < 0) {
                    throw reader.between()
                            ? new EOFException("the other side has closed the connection")
                            : new ProtocolException("the stream ends within a frame");
                }
                frame = reader.next();
            }
            if (frame.get().type() != Frame.Type.MESSAGE) {
                throw new ProtocolException("a " + frame.get().type() + " within the conversation");
            }
            return Cbor.decode(frame.get().payload(), LIMITS);
        }
    }

    /** Takes in what is there, as read(2) does. */
    static int read(SocketChannel channel, FrameReader reader) throws IOException {
        ByteBuffer space = reader.space();
        int capacity = space.limit();
        space.limit(Math.min(capacity, space.position() + TRANSFER));
        try {
            return channel.read(space);
        } finally {
            space.limit(capacity);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
