package org.lares.sandbox;

import java.io.IOException;
import java.util.List;
import org.lares.xpc.posix.Pidfd;

/** All processes of a run, as far as they can be found. */
interface ProcessTree {

    /** All that live; the caller closes them. */
    List<Pidfd> members() throws IOException;

    /** Sends SIGKILL to all that live. */
    void kill() throws IOException;
}
