package org.lares.shell.karaf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.apache.karaf.shell.api.console.Session;

/**
 * Streams of a session that survive Ctrl-C. Gogo (1.1.6, inside Karaf 4.4.10) puts each session's streams into channels
 * of {@link java.nio.channels.Channels}, which are closed for good when a thread that uses them is interrupted; and
 * Ctrl-C interrupts the command. After one that was printing, no later command could print. It has no other way in than
 * the field that holds them.
 */
final class SteadyStreams {
    private static final int PIECE = 8 * 1024;

    private SteadyStreams() {}

    /**
     * To be called before the session runs.
     *
     * @throws IllegalStateException if this is another gogo; the session is as it was
     */
    static void give(Session session, InputStream in, OutputStream out) {
        Object gogo = session.get(".commandSession");
        try {
            Field field = gogo.getClass().getDeclaredField("channels");
            field.setAccessible(true);
            Channel[] channels = (Channel[]) field.get(gogo);
            WritableByteChannel output = new Output(out);
            channels[0] = new Input(in);
            channels[1] = output;
            channels[2] = output;
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "cannot guard a session's output against Ctrl-C: this is not the gogo of Karaf 4.4.10", e);
        }
    }

    private record Input(InputStream stream) implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer into) throws IOException {
            if (!into.hasRemaining()) {
                return 0;
            }
            // One byte waits, the others are there: as a terminal is read
            int first = stream.read();
            if (first < 0) {
                return -1;
            }
            into.put((byte) first);
            byte[] rest = new byte[Math.min(Math.min(stream.available(), into.remaining()), PIECE)];
            int read = rest.length == 0 ? 0 : Math.max(0, stream.read(rest));
            into.put(rest, 0, read);
            return 1 + read;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        /** Nothing: the stream is the terminal's. */
        @Override
        public void close() {}
    }

    private record Output(OutputStream stream) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer from) throws IOException {
            int length = from.remaining();
            byte[] piece = new byte[Math.min(length, PIECE)];
            while (from.hasRemaining()) {
                int part = Math.min(from.remaining(), piece.length);
                from.get(piece, 0, part);
                stream.write(piece, 0, part);
            }
            stream.flush();
            return length;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        /** Nothing: the stream is the terminal's. */
        @Override
        public void close() {}
    }
}
