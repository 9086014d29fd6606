package org.lares.shell.door;

import java.io.IOException;
import java.util.Map;
import org.lares.shell.verb.Session.Sink;
import org.lares.xpc.Connection;

/**
 * Sends text in pieces of a bounded size, {@code out} and {@code err} in the order in which they were written. Used by
 * one thread.
 */
final class WireOutput {
    /** Characters; at most three bytes each, so far below the largest frame. */
    private static final int PIECE = 16 * 1024;

    private final Connection connection;
    private final StringBuilder kept = new StringBuilder();

    WireOutput(Connection connection) {
        this.connection = connection;
    }

    Sink out() {
        return new Sink() {
            @Override
            public void write(String text) throws IOException {
                kept.append(text);
                while (kept.length() >= PIECE) {
                    piece();
                }
            }

            @Override
            public void flush() throws IOException {
                WireOutput.this.flush();
            }
        };
    }

    Sink err() {
        return text -> {
            flush();
            for (int from = 0; from < text.length(); ) {
                int to = end(text, from);
                connection.send(Map.of("err", text.substring(from, to)));
                from = to;
            }
        };
    }

    /** Sends what is kept, and the end. */
    void exit(int status) throws IOException {
        flush();
        connection.send(Map.of("exit", (long) status));
    }

    void flush() throws IOException {
        while (!kept.isEmpty()) {
            piece();
        }
    }

    private void piece() throws IOException {
        int to = end(kept, 0);
        connection.send(Map.of("out", kept.substring(0, to)));
        kept.delete(0, to);
    }

    private static int end(CharSequence text, int from) {
        int to = Math.min(text.length(), from + PIECE);
        boolean split = to < text.length() && Character.isHighSurrogate(text.charAt(to - 1));
        return split ? to - 1 : to;
    }
}
