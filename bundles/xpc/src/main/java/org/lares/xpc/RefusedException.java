package org.lares.xpc;

import java.io.IOException;

/** The container answered, and said no. The message is its reason, one sentence without control characters. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String reason) {
        super(reason);
    }
}
