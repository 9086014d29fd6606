package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** A store that cannot be used. The message is for people: {@code cannot open the store <folder>: <reason>; <remedy>}. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1L;

    StoreException(String message) {
        super(message);
    }

    StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    /** For people, of an exception whose message may be nothing but a path. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException problem && problem.getReason() == null) {
            return problem.getClass().getSimpleName().replace("Exception", "") + ": " + problem.getFile();
        }
        return e.getMessage();
    }
}
