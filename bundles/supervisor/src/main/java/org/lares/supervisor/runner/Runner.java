package org.lares.supervisor.runner;

import java.util.List;
import java.util.Optional;
import org.lares.job.Domain;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Remark;
import org.lares.job.RunId;
import org.lares.job.Work;

/**
 * Turns a start into a running thing and tells what becomes of it. Implementations are OSGi services.
 *
 * <p>Called by the supervisor's loop thread only, which must not wait: every method returns at once and answers through
 * the {@link RunListener}. A runner never decides: it does not restart, time out or forget anything by itself.
 */
public interface Runner {

    /** Signals with a meaning of their own for {@link #signal}; any other positive number is the kernel's signal. */
    int END = 0;

    /** Whether this runner is for that kind of work. At most one runner is. */
    boolean runs(Work work);

    /**
     * The job may be started from now on, or its definition was replaced by this one: what its next start needs may be made
     * ready, and what was ready for another definition is let go. Comes before the first start, and again when a job that
     * was disabled is enabled, or its bundle was replaced by another version, the definition being the same.
     */
    default void prepare(Domain domain, JobSpec spec) {}

    /**
     * No start of the job by this runner is to be expected: it is gone, disabled or moved to another runner, or the domain
     * shuts down. What was made ready for it is let go; a live run of it is not touched.
     */
    default void forget(Label label) {}

    /** How many processes stand ready for the job's next start. Called by reader threads. */
    default int spares(Label label) {
        return 0;
    }

    /**
     * What is worth knowing of how the job is run here, a line each, such as why its process could not be made in the quick
     * way. Called by reader threads; answers at once.
     */
    default List<String> facts(Label label) {
        return List.of();
    }

    /** Starts a run. */
    void start(Launch launch, RunListener listener);

    /**
     * Takes over a run that a former life of the supervisor started. If it is there: {@code started}. If it is gone:
     * {@code started}, then {@code ended} with what can still be known.
     *
     * @param process empty if the supervisor ended between ordering the start and hearing of it: the runner looks for the
     *     run by its id
     */
    void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener);

    /**
     * Acts on a live run. {@link #END} asks it to end in the way that is polite for its kind (SIGTERM to the process
     * group's leader; for a bundle job deactivation and interruption of its main). 9 ends it by force, with all that
     * belongs to it; a run in the container that cannot be ended is reported as ended with
     * {@link org.lares.job.RunEnd.Cause#HUNG}. A run that has already ended is no error.
     *
     * @return why it could not be done, for people; empty if it was done
     */
    Optional<String> signal(RunId run, int signal);

    /**
     * Looks for what keeps a job from running, or a live run from doing its work (a missing program, an unresolved
     * bundle, an unsatisfied component), down to the leaf. Called by reader threads, for {@code explain} only; may read
     * the disk.
     *
     * @return each step caused by the next; empty if nothing is wrong
     */
    List<String> diagnose(JobSpec spec, Optional<RunId> live);

    /**
     * Looks for what would keep a job of that definition from running here, without running it: requirements that nothing
     * would meet, references that nobody would satisfy. Called by reader threads, for {@code verify} only; may read the
     * disk and take its time.
     *
     * @return empty if nothing is wrong; an error if every start would fail
     */
    default List<Remark> verify(JobSpec spec) {
        return List.of();
    }
}
