package org.lares.supervisor.core;

import org.lares.job.JobSpec;
import org.lares.job.RunId;

/** The state machine of one job; to be written. */
public final class JobMachine {
    private JobMachine() {}

    public static Decision step(JobSpec spec, Job job, Event event, Time now, RunId nextRun) {
        throw new UnsupportedOperationException();
    }
}
