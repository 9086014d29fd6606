package org.lares.supervisor.definition;

import java.nio.charset.StandardCharsets;

/**
 * Reads property lists, XML and binary, from bytes that nobody vouches for. What a list may cost is bounded: {@link
 * #MAX_BYTES} of input, {@link #MAX_VALUES} values, {@link #MAX_DEPTH} levels; each is checked before memory is taken.
 */
final class PropertyList {
    /** Real lists have less than 10 KiB. */
    static final int MAX_BYTES = 1 << 20;

    static final int MAX_DEPTH = 32;
    static final int MAX_VALUES = 10_000;

    private static final byte[] BINARY = "bplist".getBytes(StandardCharsets.US_ASCII);

    private PropertyList() {}

    /** @throws Unreadable if there is no dictionary to be had from the content */
    static Value.Dict read(byte[] content, String where) throws Unreadable {
        Place whole = new Place(where, 0);
        if (content.length == 0) {
            throw new Unreadable(whole, "the file is empty", "write a property list (see docs/job-file.md)");
        }
        if (content.length > MAX_BYTES) {
            throw tooLarge(whole);
        }
        Value top = startsWith(content, BINARY) ? BinaryList.read(content, where) : XmlList.read(content, where);
        if (top instanceof Value.Dict dict) {
            return dict;
        }
        if (top instanceof Value.Garbled garbled) {
            throw new Unreadable(garbled.at(), garbled.message(), garbled.remedy());
        }
        throw new Unreadable(
                top.at(), "a job is a dictionary, not a" + article(top.type().text()), "put its keys into a <dict>");
    }

    static Unreadable tooLarge(Place whole) {
        return new Unreadable(
                whole, "the file is larger than " + MAX_BYTES + " bytes", "no job needs that much: shorten it");
    }

    static Unreadable tooDeep(Place at) {
        return new Unreadable(
                at, "values are nested more than " + MAX_DEPTH + " levels deep", "no job needs that: flatten it");
    }

    static Unreadable tooMany(Place at) {
        return new Unreadable(at, "there are more than " + MAX_VALUES + " values", "no job needs that: shorten it");
    }

    private static String article(String noun) {
        return ("aei".indexOf(noun.charAt(0)) < 0 ? " " : "n ") + noun;
    }

    private static boolean startsWith(byte[] content, byte[] prefix) {
        return content.length >= prefix.length
                && java.util.Arrays.equals(content, 0, prefix.length, prefix, 0, prefix.length);
    }
}
