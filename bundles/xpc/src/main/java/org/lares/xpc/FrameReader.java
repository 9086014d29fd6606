package org.lares.xpc;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Finds frames in a stream of bytes: bytes go into {@link #space}, frames come out of {@link #next} until there is none.
 * Takes memory for bytes that are there, never for bytes that a length promises. One thread at a time.
 */
final class FrameReader {
    static final int SMALLEST = 4 << 10;
    private static final int KEPT = 64 << 10;

    private ByteBuffer buffer = ByteBuffer.allocate(SMALLEST);
    private int taken;
    private int largest;

    /** @param largest payload accepted, at least 0 */
    FrameReader(int largest) {
        this.largest = largest;
    }

    /** Changes the largest payload for the frames not yet taken. */
    void accept(int largestPayload) {
        largest = largestPayload;
    }

    /** A buffer with room for at least one byte; what is put there counts. All frames must have been taken before. */
    ByteBuffer space() {
        if (taken > 0) {
            buffer.limit(buffer.position()).position(taken).compact();
            taken = 0;
        }
        if (buffer.position() == 0 && buffer.capacity() > KEPT) {
            buffer = ByteBuffer.allocate(SMALLEST);
        }
        if (!buffer.hasRemaining()) {
            int full = Math.max(SMALLEST, Frame.HEADER + largest);
            if (buffer.capacity() >= full) {
                throw new IllegalStateException("a whole frame is there, and was not taken");
            }
            buffer = ByteBuffer.allocate(Math.min(full, 2 * buffer.capacity())).put(buffer.flip());
        }
        return buffer;
    }

    /**
     * The next frame, or empty if more bytes are needed.
     *
     * @throws ProtocolException if what is there cannot become a frame; nothing more can be read then
     */
    Optional<Frame> next() throws ProtocolException {
        int there = buffer.position() - taken;
        if (there < Frame.HEADER) {
            return Optional.empty();
        }
        int length = buffer.getInt(taken);
        if (Integer.compareUnsigned(length, largest) > 0) {
            throw new ProtocolException(
                    "a frame of " + Integer.toUnsignedLong(length) + " bytes, more than the " + largest + " allowed");
        }
        Frame.Type type = Frame.Type.of(buffer.get(taken + Integer.BYTES));
        if (there - Frame.HEADER < length) {
            return Optional.empty();
        }
        ByteBuffer payload = buffer.slice(taken + Frame.HEADER, length);
        taken += Frame.HEADER + length;
        return Optional.of(new Frame(type, payload));
    }

    /** Whether the stream may end here: no part of a frame is left over. */
    boolean between() {
        return buffer.position() == taken;
    }
}
