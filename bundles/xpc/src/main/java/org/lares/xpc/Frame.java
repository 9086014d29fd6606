package org.lares.xpc;

import java.net.ProtocolException;
import java.nio.ByteBuffer;

/**
 * The unit of the wire: u32 length of the payload, big-endian; u8 type; payload.
 *
 * @param payload lies in the buffer of the reader that found it, until that is asked for space again
 */
record Frame(Type type, ByteBuffer payload) {
    static final int HEADER = 5;

    /** Of a payload. The largest that a container is ready to keep for one connection. */
    static final int LARGEST = 1 << 20;

    enum Type {
        HELLO(1),
        WELCOME(2),
        REFUSED(3),
        MESSAGE(4);

        private final byte code;

        Type(int code) {
            this.code = (byte) code;
        }

        static Type of(byte code) throws ProtocolException {
            for (Type each : values()) {
                if (each.code == code) {
                    return each;
                }
            }
            throw new ProtocolException("a frame of the unknown type " + Byte.toUnsignedInt(code));
        }
    }

    static ByteBuffer encode(Type type, byte[] payload) throws MessageTooLargeException {
        if (payload.length > LARGEST) {
            throw new MessageTooLargeException(payload.length, LARGEST);
        }
        return ByteBuffer.allocate(HEADER + payload.length)
                .putInt(payload.length)
                .put(type.code)
                .put(payload)
                .flip();
    }
}
