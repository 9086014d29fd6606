package org.lares.itests.jobs;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client of the wire made after docs/wire-protocol.md and nothing else, as somebody with bad intentions would. */
public final class Wire implements AutoCloseable {
    private static final int HELLO = 1;
    private static final int MESSAGE = 4;
    private static final int LARGEST = 1 << 20;

    private final SocketChannel channel;
    private final DataInputStream in;

    /** Connects and asks for the endpoint of the hosts. */
    public Wire(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        in = new DataInputStream(Channels.newInputStream(channel));
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("version", 1L);
        hello.put("endpoint", "org.lares.host");
        send(HELLO, hello);
        read();
    }

    /**
     * Says who we are, as a host does.
     *
     * @return what the container answers
     */
    public Map<?, ?> checkIn(Map<?, ?> order) throws IOException {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("is", "check-in");
        message.put("id", order.get("id"));
        message.put("ticket", order.get("ticket"));
        message.put("run", order.get("run"));
        send(MESSAGE, message);
        return (Map<?, ?>) read();
    }

    /** Whether the container has closed the line; waits for it. */
    public boolean closed() throws IOException {
        try {
            return in.read() < 0;
        } catch (EOFException end) {
            return true;
        }
    }

    private void send(int type, Map<String, Object> value) throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        write(new DataOutputStream(payload), value);
        ByteBuffer frame = ByteBuffer.allocate(5 + payload.size());
        frame.putInt(payload.size()).put((byte) type).put(payload.toByteArray()).flip();
        while (frame.hasRemaining()) {
            channel.write(frame);
        }
    }

    private Object read() throws IOException {
        int length = in.readInt();
        in.readByte();
        if (length < 0 || length > LARGEST) {
            throw new IOException("a frame of " + length + " bytes");
        }
        return decode(in.readNBytes(length));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static void write(DataOutputStream out, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            head(out, 5, map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                write(out, entry.getKey());
                write(out, entry.getValue());
            }
        } else if (value instanceof String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            head(out, 3, bytes.length);
            out.write(bytes);
        } else if (value instanceof byte[] bytes) {
            head(out, 2, bytes.length);
            out.write(bytes);
        } else {
            head(out, 0, (Long) value);
        }
    }

    /** RFC 8949, 3: the major type and the shortest argument; what is said here has at most 16 bits. */
    private static void head(DataOutputStream out, int major, long argument) throws IOException {
        if (argument < 24) {
            out.writeByte(major << 5 | (int) argument);
        } else if (argument < 256) {
            out.writeByte(major << 5 | 24);
            out.writeByte((int) argument);
        } else {
            out.writeByte(major << 5 | 25);
            out.writeShort((int) argument);
        }
    }

    /** A value of CBOR, as far as orders and answers have it. */
    public static Object decode(byte[] bytes) throws IOException {
        return value(ByteBuffer.wrap(bytes));
    }

    private static Object value(ByteBuffer bytes) throws IOException {
        int first = bytes.get() & 0xff;
        int major = first >> 5;
        long argument =
                switch (first & 31) {
                    case 24 -> bytes.get() & 0xff;
                    case 25 -> bytes.getShort() & 0xffff;
                    case 26 -> bytes.getInt() & 0xffffffffL;
                    case 27 -> bytes.getLong();
                    default -> first & 31;
                };
        return switch (major) {
            case 0 -> argument;
            case 2 -> bytes(bytes, argument);
            case 3 -> new String(bytes(bytes, argument), StandardCharsets.UTF_8);
            case 4 -> {
                List<Object> list = new ArrayList<>();
                for (long i = 0; i < argument; i++) {
                    list.add(value(bytes));
                }
                yield list;
            }
            case 5 -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                for (long i = 0; i < argument; i++) {
                    map.put(value(bytes), value(bytes));
                }
                yield map;
            }
            case 7 -> argument == 21;
            default -> throw new IOException("not expected: CBOR of major type " + major);
        };
    }

    private static byte[] bytes(ByteBuffer from, long length) {
        byte[] bytes = new byte[(int) length];
        from.get(bytes);
        return bytes;
    }
}
