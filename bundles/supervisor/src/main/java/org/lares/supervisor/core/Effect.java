package org.lares.supervisor.core;

import java.util.Optional;
import org.lares.job.JobException;
import org.lares.job.JobSpec;
import org.lares.job.JobStatus;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.supervisor.runner.ProcessIdentity;

/**
 * What is to be done for one job, in the order of the list: what must last comes before what can be seen. Each effect is
 * answered by an event, except those that cannot fail visibly ({@link SetTimer}, {@link CancelTimer}, {@link Answer},
 * {@link Prepare}, {@link LetGo}, {@link Forget}) and {@link Save} and {@link Record}: the loop writes these before it performs anything else, and if
 * that fails for a request it drops the whole decision and refuses the request.
 */
public sealed interface Effect {

    /** Remember this of the label. */
    record Save(Memory memory) implements Effect {}

    /**
     * Add an ended run to the history. Comes before the {@link Save} that forgets the run; whoever is stopped between the
     * two sees the same run id again, and keeps one record per id.
     */
    record Record(RunRecord record) implements Effect {}

    /** {@link org.lares.supervisor.runner.Runner#prepare}; replaces what was made ready before, by whichever runner. */
    record Prepare(JobSpec spec) implements Effect {}

    /** {@link org.lares.supervisor.runner.Runner#forget}: nothing is to be started for now. */
    record LetGo() implements Effect {}

    /**
     * Answered by Started or StartFailed, and Ended after Started.
     *
     * @param spec the definition as it counts for this run: another isolation than defined under quarantine
     */
    record Spawn(RunId run, StartReason reason, JobSpec spec) implements Effect {}

    /** Answered as Spawn is. The spec is the present one as it counts where that run is. */
    record Adopt(RunId run, Optional<ProcessIdentity> process, JobSpec spec) implements Effect {}

    /** {@link org.lares.supervisor.runner.Runner#signal}; answered by Signalled. */
    record Signal(RunId run, int signal, Optional<RequestId> request) implements Effect {}

    /** Replaces the timer of the same kind. */
    record SetTimer(Timer timer) implements Effect {}

    record CancelTimer(Timer.Kind kind) implements Effect {}

    /** Answered by ConditionChanged, at once and whenever it changes. */
    record Watch(Condition condition) implements Effect {}

    record Unwatch(Condition condition) implements Effect {}

    /** Completes a request. */
    record Answer(RequestId request, Outcome outcome) implements Effect {}

    /** The job is gone; its memory and history stay. */
    record Forget() implements Effect {}

    /** How a request ended. */
    sealed interface Outcome {
        /** @param run for a kickstart: the live run */
        record Done(Optional<JobStatus.LiveRun> run) implements Outcome {}

        record Refused(JobException.Code code, String message) implements Outcome {}
    }
}
