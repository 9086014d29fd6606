package org.lares.shell.karaf;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/** Sends bytes as messages when flushed, or when there are many. Any thread. */
final class WireStream extends OutputStream {
    private final WireSender sender;
    private final String field;
    private final byte[] buffer = new byte[16 * 1024];
    private int count;

    /** @param field of the message: {@code out} or {@code err} */
    WireStream(WireSender sender, String field) {
        this.sender = sender;
        this.field = field;
    }

    @Override
    public synchronized void write(int b) throws IOException {
        if (count == buffer.length) {
            flush();
        }
        buffer[count++] = (byte) b;
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        for (int i = 0; i < length; i++) {
            write(bytes[offset + i]);
        }
    }

    @Override
    public synchronized void flush() throws IOException {
        if (count > 0) {
            byte[] piece = Arrays.copyOf(buffer, count);
            count = 0;
            sender.send(Map.of(field, piece));
        }
    }

    @Override
    public void close() throws IOException {
        flush();
    }
}
