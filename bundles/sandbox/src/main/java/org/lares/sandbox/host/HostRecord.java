package org.lares.sandbox.host;

import java.io.IOException;
import java.util.Optional;
import org.lares.supervisor.runner.ProcessIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of one host, and its folder, where a later life of the container finds it. On the agenda's thread. */
final class HostRecord {
    private static final Logger LOG = LoggerFactory.getLogger(HostRecord.class);

    private final HostFolder folder;
    /** Null if nothing is known. */
    private HostState state;

    /**
     * @param folder its own, which may not be there
     * @param state as kept by a former life; null if there is none
     */
    HostRecord(HostFolder folder, HostState state) {
        this.folder = folder;
        this.state = state;
    }

    HostFolder folder() {
        return folder;
    }

    boolean known() {
        return state != null;
    }

    /** Only of one that is {@link #known}. */
    HostState state() {
        return state;
    }

    /** Whether it was told to begin its run. */
    boolean gone() {
        return known() && state.gone();
    }

    /** The process there may be, as far as is known. */
    Optional<ProcessIdentity> process() {
        return known() ? state.process() : Optional.empty();
    }

    /** With a folder that has just been made. */
    void begin(HostState first) throws IOException {
        state = first;
        folder.write(first);
    }

    /**
     * What is known from now on. If it cannot be kept it is known nevertheless, except new tickets: those are not given.
     *
     * @return whether it is kept
     */
    boolean keep(HostState next) {
        try {
            folder.write(next);
            state = next;
            return true;
        } catch (IOException e) {
            LOG.error(
                    "cannot keep the state of host {} in {}: {}; a restarted container may not know it again; see the disk",
                    next.id(),
                    folder.path(),
                    e.toString());
            if (next.tickets() == state.tickets()) {
                state = next;
            }
            return false;
        }
    }

    /** Nothing more is to be known of it. */
    void remove() {
        remove(folder);
    }

    static void remove(HostFolder folder) {
        try {
            folder.delete();
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}; remove it by hand", folder.path(), e.toString());
        }
    }
}
