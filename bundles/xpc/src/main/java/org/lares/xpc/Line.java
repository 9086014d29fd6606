package org.lares.xpc;

import java.io.Closeable;
import org.lares.xpc.posix.Peer;

/** A connection on which nobody waits. Any thread may call. */
public interface Line extends Closeable {

    /** The kernel's word about the client. */
    Peer peer();

    /**
     * Sends one message, now or when the client reads again. A client that leaves more than 1 MiB unread is cut off.
     * On a closed line it does nothing: {@link EventEndpoint.Session#closed} tells of that.
     *
     * @throws IllegalArgumentException if it is not in the data model or larger than a frame may be
     */
    void send(Object message);

    /** What was sent before is still delivered, as far as the client reads it. Any number of times. */
    @Override
    void close();
}
