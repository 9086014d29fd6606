package org.lares.shell.door;

import java.io.IOException;
import org.lares.xpc.Connection;

/** Karaf's own shell, in containers that have one. */
public interface KarafShell {

    /**
     * Holds one conversation (docs/wire-shell.md), up to and with its exit message. Called on a thread of the door's,
     * which it may use until the connection ends.
     *
     * @throws IOException if the client has gone
     */
    void converse(Connection connection, Request request) throws IOException;
}
