package org.lares.xpc.cbor;

/**
 * What a reader is ready to spend on one value. Each is checked before memory is taken for what it bounds.
 *
 * @param bytes of the whole encoded value, at least 1
 * @param depth of nested lists, maps and tags, 1 to {@value #DEEPEST}; a list of scalars has depth 1
 * @param items of all kinds in the whole value, keys counted, at least 1; bounds what many tiny items cost in objects
 */
public record Limits(int bytes, int depth, int items) {

    /** Deeper values could exhaust the stack of a small thread. */
    public static final int DEEPEST = 256;

    /** 1 MiB, 32 levels, 65536 items. */
    public static final Limits DEFAULT = new Limits(1 << 20, 32, 1 << 16);

    public Limits {
        if (bytes < 1 || items < 1 || depth < 1 || depth > DEEPEST) {
            throw new IllegalArgumentException(
                    "limits out of range: bytes " + bytes + ", depth " + depth + ", items " + items);
        }
    }
}
