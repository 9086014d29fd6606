package org.lares.xpc;

import java.io.IOException;

/** A message does not fit a frame. It was not sent, and the connection is as it was. */
public final class MessageTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    MessageTooLargeException(int bytes, int allowed) {
        super("cannot send a message of " + bytes + " bytes: a frame holds " + allowed + "; send it in parts");
    }
}
