package org.lares.shell.karaf;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;

/**
 * What one thread puts, another reads; at most 64 KiB wait in between. Unlike a piped stream it does not mind which
 * threads come and go.
 */
final class ByteQueue extends InputStream {
    private final byte[] ring = new byte[64 * 1024];
    private int start;
    private int count;
    private boolean closed;

    /** Waits for room; drops the bytes once the queue is closed. */
    synchronized void put(byte[] bytes) throws InterruptedException {
        for (byte b : bytes) {
            while (count == ring.length && !closed) {
                wait();
            }
            if (closed) {
                return;
            }
            ring[(start + count) % ring.length] = b;
            count++;
            notifyAll();
        }
    }

    @Override
    public synchronized int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        while (count == 0) {
            if (closed) {
                return -1;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for input");
            }
        }
        int read = Math.min(length, count);
        for (int i = 0; i < read; i++) {
            into[offset + i] = ring[(start + i) % ring.length];
        }
        start = (start + read) % ring.length;
        count -= read;
        notifyAll();
        return read;
    }

    @Override
    public synchronized int available() {
        return count;
    }

    /** What waits can still be read; then the end. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
