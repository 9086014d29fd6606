package org.lares.xpc;

import java.io.IOException;

/**
 * A named service behind the door whose clients stay for long and say little: no thread waits for them, and they take
 * no place from those who come and go. In a container it is found as an OSGi service of this type.
 */
public interface EventEndpoint {

    /** As {@link Endpoint#name}. */
    String name();

    /**
     * A client has come; its peer is known. Called on the door's own thread, as the session is: neither may wait.
     *
     * @throws IOException to turn it away; the message is told to it
     */
    Session open(Line line) throws IOException;

    /** Hears what one client says, in order. */
    interface Session {

        /**
         * A message of the data model of {@link org.lares.xpc.cbor}.
         *
         * @throws IOException if the client does not keep its protocol: the line is closed
         */
        void received(Object message) throws IOException;

        /** The line is closed, by whichever side; once, and nothing follows. */
        void closed();
    }
}
