package org.lares.job;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * One domain's jobs: what can be seen and what can be asked. The verbs are launchctl's.
 *
 * <p>All methods may be called from any thread. Reading never waits for the supervisor. A request's stage completes when
 * the request is carried out (a bootout: when the job is gone), or exceptionally with a {@link JobException} and then
 * nothing was changed. Who may ask is the door's business; the {@link Caller} given here is only written down.
 */
public interface JobControl {

    Domain domain();

    /** All jobs by label. */
    List<JobStatus> list();

    Optional<JobStatus> find(Label label);

    /** Definitions that were found at start-up or in a bundle and refused, with their errors. */
    List<Verification> rejected();

    /** Why nothing can be written at present, if so: then nothing new is started or remembered. */
    Optional<String> degraded();

    /** Ended runs of a label, newest first, as many as are kept; also of a job that is gone. */
    List<RunRecord> history(Label label);

    /** The last changes of a label, or of all, oldest first. */
    List<JournalEntry> journal(Optional<Label> label, int most);

    /** @throws JobException if there is no such job */
    Explanation explain(Label label) throws JobException;

    /** Where the output of the kept runs is, the live one among them, oldest file first; empty if there is none. */
    List<Path> logs(Label label);

    /** Reads definitions without loading them: a file, or all of a folder. Reads the disk on the caller's thread. */
    List<Verification> verify(Path path) throws JobException;

    /** Loads one property list, or all of a folder: all or nothing. */
    CompletionStage<List<Label>> bootstrap(Path path, Caller caller);

    /** Stops and forgets a job; its history stays. */
    CompletionStage<Void> bootout(Label label, Caller caller);

    /** Overrides {@code Disabled}, for good; also of a label that is not loaded. */
    CompletionStage<Void> enable(Label label, Caller caller);

    /** Overrides {@code Disabled}, for good; a running job is stopped. */
    CompletionStage<Void> disable(Label label, Caller caller);

    /**
     * Lets a job that is in quarantine back into the container, from its next run on, and counts the runs that do harm
     * there from zero again; also of a label that is not loaded. The live run is not touched.
     */
    CompletionStage<Void> release(Label label, Caller caller);

    /**
     * Starts a job now, past throttle, back-off and give-up.
     *
     * @param kill end the live run first
     * @return the run that is live then: the new one, or without {@code kill} the one that was already there
     */
    CompletionStage<JobStatus.LiveRun> kickstart(Label label, boolean kill, Caller caller);

    /** Sends a signal to the live run. Bundle jobs know TERM, INT, HUP (asked to end), QUIT (stacks to the log), KILL. */
    CompletionStage<Void> kill(Label label, int signal, Caller caller);
}
