package org.lares.xpc.posix;

import java.io.IOException;

/** A call into the C library that failed. The message is for people. */
public final class PosixException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int error;

    PosixException(String function, int error) {
        super(function + ": " + LibC.strerror(error).getString(0));
        this.error = error;
    }

    /** The value of errno. */
    public int error() {
        return error;
    }
}
