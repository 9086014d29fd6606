package org.lares.supervisor.runner;

import java.util.Optional;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;

/**
 * Where a runner reports. May be called from any thread, also from within {@link Runner}'s methods. Calls may block for a
 * short time when the supervisor has much to do; none is lost.
 *
 * <p>For each start or adoption: either {@link #startFailed} once and nothing else, or {@link #started} once and later
 * {@link #ended} once. {@link #ready} and {@link #noted} may come any number of times between.
 */
public interface RunListener {

    /** @param process empty for a run inside the container */
    void started(RunId run, Optional<ProcessIdentity> process);

    /** The live run does its work: activated, and its main if it has one about to be called. At most once. */
    void ready(RunId run);

    /**
     * Nothing was started, nothing is left behind.
     *
     * @param reason for people: what failed and the remedy, without the job's label
     */
    void startFailed(RunId run, String reason);

    void ended(RunId run, RunEnd end, Optional<Usage> usage);

    /** Something about a live run worth knowing that changes nothing: a failed executor task, a left-over thread. */
    void noted(RunId run, String note);
}
