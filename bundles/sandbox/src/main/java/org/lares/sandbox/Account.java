package org.lares.sandbox;

import java.util.Optional;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;

/**
 * Who the container is.
 *
 * @param nice its nice value
 * @param user its entry in the user database, if it has one
 */
record Account(long uid, long gid, int nice, Optional<Posix.User> user) {

    static Account ofContainer() throws PosixException {
        return new Account(Posix.uid(), Posix.gid(), Posix.nice(), Posix.self());
    }

    boolean root() {
        return uid == 0;
    }
}
