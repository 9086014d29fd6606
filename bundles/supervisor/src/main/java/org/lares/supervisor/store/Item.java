package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One encoded record: the unit of which the payload of a frame is a sequence. */
final class Item {

    /** Bytes before the body: kind and length. */
    static final int OVERHEAD = 1 + Integer.BYTES;

    /** The numbers are part of the format. */
    enum Kind {
        SAVE(1),
        ENDED(2),
        CHANGED(3),
        RUNS(4),
        /** What precedes it in its file is the whole state; empty body. */
        SNAPSHOT_END(5);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    private final Kind kind;
    private final byte[] body;

    /** @param body not changed by anyone from now on */
    Item(Kind kind, byte[] body) {
        this.kind = kind;
        this.body = body;
    }

    Kind kind() {
        return kind;
    }

    /** Not to be changed. */
    byte[] body() {
        return body;
    }

    int size() {
        return OVERHEAD + body.length;
    }

    static int size(List<Item> items) throws IOException {
        long size = 0;
        for (Item item : items) {
            size += item.size();
        }
        if (size > Segment.LARGEST_PAYLOAD) {
            throw new IOException("a batch of " + size + " bytes is too large for the store; it takes at most "
                    + Segment.LARGEST_PAYLOAD);
        }
        return (int) size;
    }

    static void pack(List<Item> items, ByteBuffer to) {
        for (Item item : items) {
            to.put((byte) item.kind.number).putInt(item.body.length).put(item.body);
        }
    }

    /** @throws IOException if these are not items */
    static List<Item> unpack(ByteBuffer payload) throws IOException {
        List<Item> items = new ArrayList<>();
        while (payload.hasRemaining()) {
            if (payload.remaining() < OVERHEAD) {
                throw new IOException("an item is cut short");
            }
            Kind kind = kind(payload.get());
            int length = payload.getInt();
            if (length < 0 || length > payload.remaining()) {
                throw new IOException("an item claims " + length + " bytes of " + payload.remaining());
            }
            byte[] body = new byte[length];
            payload.get(body);
            items.add(new Item(kind, body));
        }
        return items;
    }

    private static Kind kind(int number) throws IOException {
        for (Kind kind : Kind.values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        throw new IOException("there is no kind of item with number " + number);
    }
}
