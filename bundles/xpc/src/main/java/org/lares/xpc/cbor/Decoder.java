package org.lares.xpc.cbor;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One use, one thread. A list or map pays for all its items when its head is read, so that heads nested in each other
 * cannot each claim the whole rest of the input.
 */
final class Decoder {
    private final ByteBuffer in;
    private final Limits limits;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    private int itemsLeft;

    /** Where the item under decoding begins. */
    private int start;

    Decoder(ByteBuffer in, Limits limits) {
        this.in = in;
        this.limits = limits;
        this.itemsLeft = limits.items() - 1;
    }

    Object decode() throws CborException {
        if (in.remaining() > limits.bytes()) {
            throw wrong("it has " + in.remaining() + " bytes, more than the " + limits.bytes() + " allowed");
        }
        Object value = item(0);
        if (in.hasRemaining()) {
            start = in.position();
            throw wrong("trailing bytes after the value");
        }
        return value;
    }

    private Object item(int depth) throws CborException {
        start = in.position();
        int initial = octet();
        int major = initial >> 5;
        int additional = initial & 0x1f;
        if (major == Cbor.SIMPLE) {
            return simple(additional);
        }
        long argument = argument(additional);
        return switch (major) {
            case Cbor.UNSIGNED -> int64(argument);
            case Cbor.NEGATIVE -> ~int64(argument);
            case Cbor.BYTES -> bytes(argument);
            case Cbor.TEXT -> text(argument);
            case Cbor.ARRAY -> list(argument, deeper(depth));
            case Cbor.MAP -> map(argument, deeper(depth));
            default -> tagged(argument, deeper(depth));
        };
    }

    private int deeper(int depth) throws CborException {
        if (depth == limits.depth()) {
            throw wrong("it is nested deeper than the " + limits.depth() + " levels allowed");
        }
        return depth + 1;
    }

    private Object simple(int additional) throws CborException {
        return switch (additional) {
            case Cbor.FALSE -> false;
            case Cbor.TRUE -> true;
            case Cbor.NULL -> null;
            case Cbor.HALF -> Cbor.half((int) unsigned(2));
            case Cbor.SINGLE -> (double) Float.intBitsToFloat((int) unsigned(4));
            case Cbor.DOUBLE -> Double.longBitsToDouble(unsigned(8));
            default -> throw wrong("simple value or break " + additional + " is not in the data model");
        };
    }

    private List<Object> list(long size, int depth) throws CborException {
        int count = claim(size, 1);
        if (count == 0) {
            return Collections.emptyList();
        }
        List<Object> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(item(depth));
        }
        return Collections.unmodifiableList(list);
    }

    private Map<Object, Object> map(long size, int depth) throws CborException {
        int count = claim(size, 2);
        if (count == 0) {
            return Collections.emptyMap();
        }
        Map<Object, Object> map = new LinkedHashMap<>(count * 4 / 3 + 1);
        for (int i = 0; i < count; i++) {
            Object key = item(depth);
            if (!(key instanceof String || key instanceof Long)) {
                throw wrong("a map key is neither a text nor an integer");
            }
            if (map.containsKey(key)) {
                throw wrong("a map has a key twice");
            }
            map.put(key, item(depth));
        }
        return Collections.unmodifiableMap(map);
    }

    private Object tagged(long tag, int depth) throws CborException {
        int at = start;
        if (tag != Cbor.EPOCH_TAG && tag != Cbor.TIME_TAG && tag != Cbor.UUID_TAG) {
            throw wrong("tag " + Long.toUnsignedString(tag) + " is not in the data model");
        }
        claim(1, 1);
        Object content = item(depth);
        start = at;
        if (tag == Cbor.UUID_TAG && content instanceof byte[] bytes && bytes.length == 16) {
            ByteBuffer bits = ByteBuffer.wrap(bytes);
            return new UUID(bits.getLong(), bits.getLong());
        }
        if (tag == Cbor.EPOCH_TAG && content instanceof Long seconds) {
            return instant(seconds, 0);
        }
        if (tag == Cbor.TIME_TAG
                && content instanceof Map<?, ?> time
                && time.size() == 2
                && time.get(Cbor.TIME_SECONDS) instanceof Long seconds
                && time.get(Cbor.TIME_NANOS) instanceof Long nanos
                && nanos >= 0
                && nanos < 1_000_000_000) {
            return instant(seconds, nanos);
        }
        throw wrong("the content of tag " + tag + " is not what the tag asks for");
    }

    private Instant instant(long seconds, long nanos) throws CborException {
        try {
            return Instant.ofEpochSecond(seconds, nanos);
        } catch (DateTimeException e) {
            throw (CborException)
                    wrong("the time " + seconds + " s is out of range").initCause(e);
        }
    }

    private byte[] bytes(long size) throws CborException {
        byte[] bytes = new byte[present(size)];
        in.get(bytes);
        return bytes;
    }

    private String text(long size) throws CborException {
        int length = present(size);
        ByteBuffer encoded = in.slice(in.position(), length);
        in.position(in.position() + length);
        try {
            return utf8.decode(encoded).toString();
        } catch (CharacterCodingException e) {
            throw (CborException) wrong("a text is not UTF-8").initCause(e);
        }
    }

    /** Takes {@code size} times {@code each} items off what is left, and sees that there is at least a byte for each. */
    private int claim(long size, int each) throws CborException {
        if (size < 0 || size > in.remaining() / each) {
            throw wrong("it ends before its " + Long.toUnsignedString(size) + " entries");
        }
        if (size > itemsLeft / each) {
            throw wrong("it has more than the " + limits.items() + " items allowed");
        }
        itemsLeft -= (int) size * each;
        return (int) size;
    }

    private int present(long size) throws CborException {
        if (size < 0 || size > in.remaining()) {
            throw wrong("it ends before its " + Long.toUnsignedString(size) + " bytes");
        }
        return (int) size;
    }

    private long int64(long argument) throws CborException {
        if (argument < 0) {
            throw wrong("an integer does not fit 64 signed bits");
        }
        return argument;
    }

    private long argument(int additional) throws CborException {
        if (additional < 24) {
            return additional;
        }
        if (additional <= 27) {
            return unsigned(1 << (additional - 24));
        }
        throw wrong(additional == 31 ? "indefinite lengths are not accepted" : "a reserved length " + additional);
    }

    private long unsigned(int bytes) throws CborException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = (value << 8) | octet();
        }
        return value;
    }

    private int octet() throws CborException {
        if (!in.hasRemaining()) {
            throw wrong("it ends in the middle of a value");
        }
        return in.get() & 0xff;
    }

    private CborException wrong(String reason) {
        return new CborException(start, reason);
    }
}
