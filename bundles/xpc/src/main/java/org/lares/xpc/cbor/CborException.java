package org.lares.xpc.cbor;

import java.io.IOException;

/** The bytes are not one well-formed value of the data model, or exceed the limits. The message names the offset. */
public final class CborException extends IOException {
    private static final long serialVersionUID = 1L;

    CborException(int offset, String reason) {
        super("cannot decode CBOR at byte " + offset + ": " + reason);
    }
}
