package org.lares.shell.verb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.lares.job.Caller;
import org.lares.job.JobStatus;
import org.lares.job.Work;

/**
 * What a caller may do, at every door: root and the container's own user control; everybody else reads, and only of the
 * jobs that run as that user. Other jobs do not exist for such a caller. Immutable.
 *
 * @param own the uid that the container runs as
 */
public record Access(Caller caller, long own) {

    /** What a verb needs. */
    public enum Role {
        READ,
        CONTROL
    }

    public boolean allows(Role role) {
        return role == Role.READ || controls();
    }

    public boolean controls() {
        return caller.uid() == 0 || caller.uid() == own;
    }

    public boolean sees(JobStatus job) {
        return controls()
                || (job.spec().work() instanceof Work.ProgramWork program
                        && program.user().isPresent()
                        && isCaller(program.user().get()));
    }

    /**
     * Compares through the system's own look-up, so that names from any source count. Whoever cannot be looked up is a
     * stranger.
     */
    private boolean isCaller(String user) {
        UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
        try {
            return users.lookupPrincipalByName(user).equals(users.lookupPrincipalByName(Long.toString(caller.uid())));
        } catch (UserPrincipalNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look up user " + user, e);
        }
    }
}
