package org.lares.xpc;

import java.io.IOException;

/**
 * A named service behind the door. In a container it is found as an OSGi service of this type; no service property is
 * needed.
 */
public interface Endpoint {

    /** By which clients ask for it: 1 to 128 of letters, digits, dots, hyphens, underscores; {@code org.lares.shell}. */
    String name();

    /**
     * Talks with one client until one side has enough. Called on a thread of the door's own, for several clients at the
     * same time, with the connection welcomed and its peer known; the connection is closed when this returns or throws.
     * When the door closes, the connection is closed and the thread interrupted, and this must return soon.
     *
     * @throws IOException when the client has gone, which is nobody's fault; whatever else is thrown is logged
     */
    void serve(Connection connection) throws IOException;
}
