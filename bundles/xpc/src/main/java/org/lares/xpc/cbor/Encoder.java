package org.lares.xpc.cbor;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One use, one thread. */
final class Encoder {
    private ByteBuffer out = ByteBuffer.allocate(128);

    byte[] encode(Object value) {
        item(value, 0);
        return Arrays.copyOf(out.array(), out.position());
    }

    private void item(Object value, int depth) {
        if (value == null) {
            head(Cbor.SIMPLE, Cbor.NULL);
        } else if (value instanceof Boolean truth) {
            head(Cbor.SIMPLE, truth ? Cbor.TRUE : Cbor.FALSE);
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            integer(((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            real(((Number) value).doubleValue());
        } else if (value instanceof byte[] bytes) {
            bytes(bytes);
        } else if (value instanceof String text) {
            text(text);
        } else if (value instanceof List<?> list) {
            int inner = deeper(depth);
            head(Cbor.ARRAY, list.size());
            for (Object each : list) {
                item(each, inner);
            }
        } else if (value instanceof Map<?, ?> map) {
            int inner = deeper(depth);
            head(Cbor.MAP, map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                key(entry.getKey());
                item(entry.getValue(), inner);
            }
        } else if (value instanceof Instant instant) {
            instant(instant);
        } else if (value instanceof UUID uuid) {
            head(Cbor.TAG, Cbor.UUID_TAG);
            bytes(ByteBuffer.allocate(16)
                    .putLong(uuid.getMostSignificantBits())
                    .putLong(uuid.getLeastSignificantBits())
                    .array());
        } else {
            throw new IllegalArgumentException("cannot encode a "
                    + value.getClass().getName() + ": it is not in the data model of " + Cbor.class.getPackageName());
        }
    }

    private static int deeper(int depth) {
        if (depth == Limits.DEEPEST) {
            throw new IllegalArgumentException("cannot encode a value nested deeper than " + Limits.DEEPEST);
        }
        return depth + 1;
    }

    /** Not widened like values: an {@code Integer} and a {@code Long} of one map could become the same key. */
    private void key(Object key) {
        if (key instanceof Long number) {
            integer(number);
        } else if (key instanceof String text) {
            text(text);
        } else {
            throw new IllegalArgumentException(
                    "cannot encode the map key " + key + ": only String and Long can be keys");
        }
    }

    private void instant(Instant instant) {
        if (instant.getNano() == 0) {
            head(Cbor.TAG, Cbor.EPOCH_TAG);
            integer(instant.getEpochSecond());
        } else {
            head(Cbor.TAG, Cbor.TIME_TAG);
            head(Cbor.MAP, 2);
            integer(Cbor.TIME_SECONDS);
            integer(instant.getEpochSecond());
            integer(Cbor.TIME_NANOS);
            integer(instant.getNano());
        }
    }

    private void bytes(byte[] bytes) {
        head(Cbor.BYTES, bytes.length);
        room(bytes.length).put(bytes);
    }

    private void text(String text) {
        try {
            ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            head(Cbor.TEXT, utf8.remaining());
            room(utf8.remaining()).put(utf8);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("cannot encode a text: it has half a surrogate pair", e);
        }
    }

    private void integer(long value) {
        if (value >= 0) {
            head(Cbor.UNSIGNED, value);
        } else {
            head(Cbor.NEGATIVE, ~value);
        }
    }

    private void real(double value) {
        float single = (float) value;
        int half = half(single);
        if (Double.isNaN(value) || same(Cbor.half(half), value)) {
            room(3).put(initial(Cbor.SIMPLE, Cbor.HALF)).putShort((short) half);
        } else if (same(single, value)) {
            room(5).put(initial(Cbor.SIMPLE, Cbor.SINGLE)).putFloat(single);
        } else {
            room(9).put(initial(Cbor.SIMPLE, Cbor.DOUBLE)).putDouble(value);
        }
    }

    /** Tells 0.0 from -0.0. */
    private static boolean same(double left, double right) {
        return Double.doubleToLongBits(left) == Double.doubleToLongBits(right);
    }

    /** The half nearest towards zero, or an infinity; whether it is the same number is for the caller to see. */
    private static int half(float value) {
        int sign = Float.floatToIntBits(value) >>> 16 & 0x8000;
        int exponent = Math.getExponent(value);
        int fraction = Float.floatToIntBits(value) & 0x7fffff;
        if (Float.isNaN(value)) {
            return 0x7e00;
        } else if (exponent > 15) {
            return sign | 0x7c00;
        } else if (exponent >= -14) {
            return sign | ((exponent + 15) << 10) | (fraction >> 13);
        } else if (exponent >= -24) {
            return sign | ((fraction | 0x800000) >> (-exponent - 1));
        }
        return sign;
    }

    private void head(int major, long argument) {
        if (argument < 24) {
            room(1).put(initial(major, (int) argument));
        } else if (argument <= 0xff) {
            room(2).put(initial(major, 24)).put((byte) argument);
        } else if (argument <= 0xffff) {
            room(3).put(initial(major, 25)).putShort((short) argument);
        } else if (argument <= 0xffff_ffffL) {
            room(5).put(initial(major, 26)).putInt((int) argument);
        } else {
            room(9).put(initial(major, 27)).putLong(argument);
        }
    }

    private static byte initial(int major, int additional) {
        return (byte) ((major << 5) | additional);
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            int needed = Math.addExact(out.position(), bytes);
            int doubled = (int) Math.min(2L * out.capacity(), Integer.MAX_VALUE - 8);
            out = ByteBuffer.allocate(Math.max(needed, doubled)).put(out.flip());
        }
        return out;
    }
}
