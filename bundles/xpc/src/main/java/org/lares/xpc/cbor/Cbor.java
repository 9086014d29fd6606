package org.lares.xpc.cbor;

import java.nio.ByteBuffer;

/** Encodes and decodes one value of the package's data model. Any thread. */
public final class Cbor {
    static final int UNSIGNED = 0;
    static final int NEGATIVE = 1;
    static final int BYTES = 2;
    static final int TEXT = 3;
    static final int ARRAY = 4;
    static final int MAP = 5;
    static final int TAG = 6;
    static final int SIMPLE = 7;

    static final int FALSE = 20;
    static final int TRUE = 21;
    static final int NULL = 22;
    static final int HALF = 25;
    static final int SINGLE = 26;
    static final int DOUBLE = 27;

    /** Seconds since 1970 (RFC 8949 3.4.2); written for whole seconds only, as a fraction would lose its nanoseconds. */
    static final int EPOCH_TAG = 1;

    static final int UUID_TAG = 37;

    /** Extended time (RFC 9581). */
    static final int TIME_TAG = 1001;

    static final long TIME_SECONDS = 1;
    static final long TIME_NANOS = -9;

    private Cbor() {}

    /**
     * The one encoding of a value: equal values with equal map order give equal bytes.
     *
     * @param value of the data model; {@code Byte}, {@code Short}, {@code Integer} and {@code Float} are widened
     * @throws IllegalArgumentException if something in it is not in the data model, is nested deeper than
     *     {@link Limits#DEEPEST}, or is a text with half a surrogate pair
     */
    public static byte[] encode(Object value) {
        return new Encoder().encode(value);
    }

    /**
     * Reads exactly one value. Lists and maps come back unmodifiable, maps in the order of the bytes.
     *
     * @throws CborException for whatever is wrong with the bytes, trailing ones included; nothing else is thrown
     */
    public static Object decode(byte[] bytes, Limits limits) throws CborException {
        return decode(ByteBuffer.wrap(bytes), limits);
    }

    /** Like {@link #decode(byte[], Limits)} for what remains in a buffer, whose position does not change. */
    public static Object decode(ByteBuffer bytes, Limits limits) throws CborException {
        return new Decoder(bytes.slice(), limits).decode();
    }

    /** The value of an IEEE 754 half. The JDK has this from version 20 on. */
    static double half(int bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        double magnitude =
                switch (exponent) {
                    case 0 -> Math.scalb((double) fraction, -24);
                    case 31 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
                    default -> Math.scalb((double) (fraction + 1024), exponent - 25);
                };
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }
}
