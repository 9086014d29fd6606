package org.lares.supervisor.definition;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A binary property list (format {@code bplist0x}: objects, a table of their offsets, a trailer of 32 bytes).
 *
 * <p>Read here and not by dd-plist 1.30, which keeps only the last of two equal keys and copies a string as often as the
 * table names its place, so that a file of 1 MiB costs gigabytes; the tests compare the two.
 */
final class BinaryList {
    private static final int HEADER = 8;
    private static final int TRAILER = 32;
    /** Equal strings are written once and may be named often. */
    private static final int MAX_TEXT = 4 * PropertyList.MAX_BYTES;

    private final byte[] bytes;
    private final Place place;
    private final int offsetSize;
    private final int referenceSize;
    private final int objects;
    private final int table;
    private int values;
    private int text;

    private BinaryList(byte[] bytes, Place place) throws Unreadable {
        this.bytes = bytes;
        this.place = place;
        if (bytes.length < HEADER + TRAILER + 1 || bytes[6] != '0') {
            throw broken("it is cut short or of an unknown version");
        }
        int trailer = bytes.length - TRAILER;
        offsetSize = bytes[trailer + 6];
        referenceSize = bytes[trailer + 7];
        if (offsetSize < 1 || offsetSize > 8 || referenceSize < 1 || referenceSize > 8) {
            throw broken("the trailer is wrong");
        }
        long count = unsigned(trailer + 8, 8);
        long start = unsigned(trailer + 24, 8);
        if (count < 1 || start < HEADER + 1 || start > trailer) {
            throw broken("the trailer is wrong");
        }
        if (count > PropertyList.MAX_VALUES) {
            throw PropertyList.tooMany(place);
        }
        if (start + count * offsetSize > trailer) {
            throw broken("the table of objects is cut short");
        }
        objects = (int) count;
        table = (int) start;
    }

    static Value read(byte[] content, String where) throws Unreadable {
        BinaryList list = new BinaryList(content, new Place(where, 0));
        return list.object(list.unsigned(content.length - TRAILER + 16, 8), 1);
    }

    private Value object(long reference, int depth) throws Unreadable {
        if (depth > PropertyList.MAX_DEPTH) {
            throw PropertyList.tooDeep(place);
        }
        if (++values > PropertyList.MAX_VALUES) {
            throw PropertyList.tooMany(place);
        }
        if (reference < 0 || reference >= objects) {
            throw broken("an object is named that is not there");
        }
        long offset = unsigned(table + (int) reference * offsetSize, offsetSize);
        if (offset < HEADER || offset >= table) {
            throw broken("an object lies outside of the file");
        }
        int at = (int) offset;
        int low = bytes[at] & 0x0f;
        return switch ((bytes[at] & 0xf0) >> 4) {
            case 0x0 -> simple(low);
            case 0x1 -> integer(at + 1, low);
            case 0x2 -> real(at + 1, low);
            case 0x3 -> date(at + 1);
            case 0x4 -> data(at, low);
            case 0x5 -> string(body(at, low, 1), StandardCharsets.US_ASCII);
            case 0x6 -> string(body(at, low, 2), StandardCharsets.UTF_16BE);
            case 0x7 -> string(body(at, low, 1), StandardCharsets.UTF_8);
            case 0x8 -> new Value.Garbled(place, "is a UID of a keyed archive, which is no property list", "remove it");
            case 0xa, 0xb, 0xc -> array(body(at, low, referenceSize), depth);
            case 0xd -> dict(body(at, low, 2L * referenceSize), depth);
            default -> throw broken("an object has no known type");
        };
    }

    private Value date(int at) throws Unreadable {
        span(at, 8);
        return new Value.Opaque(place, Type.DATE);
    }

    private Value data(int at, int low) throws Unreadable {
        body(at, low, 1);
        return new Value.Opaque(place, Type.DATA);
    }

    private Value simple(int low) throws Unreadable {
        return switch (low) {
            case 0x8 -> new Value.Truth(place, false);
            case 0x9 -> new Value.Truth(place, true);
            case 0x0 -> new Value.Garbled(place, "has no value (null)", "give it one or remove it");
            default -> throw broken("an object has no known type");
        };
    }

    /** One, two and four bytes are unsigned, eight are signed; of sixteen only those that fit in eight are taken. */
    private Value integer(int at, int power) throws Unreadable {
        if (power > 4) {
            throw broken("an integer has no known size");
        }
        int size = 1 << power;
        span(at, size);
        if (size < 16) {
            return new Value.Whole(place, unsigned(at, size));
        }
        long high = unsigned(at, 8);
        long number = unsigned(at + 8, 8);
        return high == number >> 63
                ? new Value.Whole(place, number)
                : new Value.Garbled(place, "is a number beyond 64 bits", "write a smaller number");
    }

    private Value real(int at, int power) throws Unreadable {
        if (power != 2 && power != 3) {
            throw broken("a real has no known size");
        }
        span(at, 1 << power);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        double number = power == 2 ? buffer.getFloat(at) : buffer.getDouble(at);
        return Double.isFinite(number)
                ? new Value.Real(place, number)
                : new Value.Garbled(place, "is no finite number", "write a number");
    }

    private Value string(Span span, Charset charset) throws Unreadable {
        text += span.length;
        if (text > MAX_TEXT) {
            throw new Unreadable(place, "the strings make up more than " + MAX_TEXT + " bytes", "shorten it");
        }
        try {
            return new Value.Text(
                    place,
                    charset.newDecoder()
                            .decode(ByteBuffer.wrap(bytes, span.start, span.length))
                            .toString());
        } catch (CharacterCodingException e) {
            return new Value.Garbled(place, "is a string with broken characters", "write it anew");
        }
    }

    private Value array(Span span, int depth) throws Unreadable {
        List<Value> items = new ArrayList<>();
        for (int i = 0; i < span.length; i += referenceSize) {
            items.add(object(unsigned(span.start + i, referenceSize), depth + 1));
        }
        return new Value.Items(place, items);
    }

    private Value dict(Span span, int depth) throws Unreadable {
        List<Value.Entry> entries = new ArrayList<>();
        int half = span.length / 2;
        for (int i = 0; i < half; i += referenceSize) {
            Value key = object(unsigned(span.start + i, referenceSize), depth + 1);
            if (!(key instanceof Value.Text name)) {
                throw broken("a key is not a string");
            }
            Value value = object(unsigned(span.start + half + i, referenceSize), depth + 1);
            entries.add(new Value.Entry(name.text(), place, value));
        }
        return new Value.Dict(place, entries);
    }

    private record Span(int start, int length) {}

    /** What follows an object's marker, its length given in units of so many bytes. */
    private Span body(int at, int low, long unit) throws Unreadable {
        int start = at + 1;
        long count = low;
        if (low == 0x0f) {
            span(start, 1);
            int power = bytes[start] & 0x0f;
            if ((bytes[start] & 0xf0) != 0x10 || power > 3) {
                throw broken("a length is wrong");
            }
            span(start + 1, 1 << power);
            count = unsigned(start + 1, 1 << power);
            start += 1 + (1 << power);
        }
        if (count < 0 || count > bytes.length) {
            throw broken("an object is cut short");
        }
        span(start, count * unit);
        return new Span(start, (int) (count * unit));
    }

    private void span(int start, long length) throws Unreadable {
        if (start + length > table) {
            throw broken("an object is cut short");
        }
    }

    /** Big-endian; with eight bytes the sign bit is one. */
    private long unsigned(int at, int size) {
        long number = 0;
        for (int i = 0; i < size; i++) {
            number = (number << 8) | (bytes[at + i] & 0xff);
        }
        return number;
    }

    private Unreadable broken(String reason) {
        return new Unreadable(
                place, "the binary property list is broken: " + reason, "write it anew (plutil -convert binary1 FILE)");
    }
}
