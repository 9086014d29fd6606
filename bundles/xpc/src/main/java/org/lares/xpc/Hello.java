package org.lares.xpc;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.Limits;

/**
 * The first frame of a client, and the two answers to it. Their form is the same in every version of the protocol, so
 * that any two versions understand each other's refusal; keys not known here are passed over.
 *
 * @param endpoint not yet known to exist
 */
record Hello(long version, String endpoint) {
    static final long VERSION = 1;

    /** Of the payload of a frame before the welcome. */
    static final int LARGEST = 4 << 10;

    private static final Limits LIMITS = new Limits(LARGEST, 4, 64);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final int LONGEST_REASON = 1000;

    Hello {
        if (!NAME.matcher(endpoint).matches()) {
            throw new IllegalArgumentException(
                    "an endpoint has a name of 1 to 128 letters, digits, dots, hyphens and underscores");
        }
    }

    ByteBuffer encode() throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("version", version);
        fields.put("endpoint", endpoint);
        return Frame.encode(Frame.Type.HELLO, Cbor.encode(fields));
    }

    static Hello decode(Frame frame) throws IOException {
        if (frame.type() != Frame.Type.HELLO) {
            throw new ProtocolException("the first frame is not a hello but a " + frame.type());
        }
        if (Cbor.decode(frame.payload(), LIMITS) instanceof Map<?, ?> fields
                && fields.get("version") instanceof Long version
                && fields.get("endpoint") instanceof String endpoint
                && NAME.matcher(endpoint).matches()) {
            return new Hello(version, endpoint);
        }
        throw new ProtocolException("the hello lacks a version or the name of an endpoint");
    }

    static ByteBuffer welcome() throws IOException {
        return Frame.encode(Frame.Type.WELCOME, Cbor.encode(Map.of("version", VERSION)));
    }

    static ByteBuffer refusal(String reason) throws IOException {
        return Frame.encode(Frame.Type.REFUSED, Cbor.encode(Map.of("reason", printable(reason))));
    }

    /** Returns if the frame is a welcome. */
    static void check(Frame answer) throws IOException {
        Object value = Cbor.decode(answer.payload(), LIMITS);
        switch (answer.type()) {
            case WELCOME -> {}
            case REFUSED -> {
                if (value instanceof Map<?, ?> fields && fields.get("reason") instanceof String reason) {
                    throw new RefusedException(printable(reason));
                }
                throw new ProtocolException("a refusal without a reason");
            }
            default -> throw new ProtocolException("the answer to the hello is a " + answer.type());
        }
    }

    /** Either side may be hostile to the terminal or the log that will show this. */
    private static String printable(String reason) {
        String cut = reason.substring(0, Math.min(LONGEST_REASON, reason.length()));
        return cut.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }
}
