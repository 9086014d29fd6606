package org.lares.supervisor.core;

import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.Work;

/** Where a run is, and so what becomes of it when the container ends and who can take it over. */
public enum Place {
    /** In the container's JVM: it lives and dies with that. */
    CONTAINER,
    /** A bundle in a process of its own. */
    HOST,
    /** A program. */
    PROGRAM;

    static Place of(Work work) {
        if (work instanceof Work.BundleWork bundle) {
            return bundle.isolation() == Isolation.CONTAINER ? CONTAINER : HOST;
        }
        return PROGRAM;
    }

    /**
     * The definition as it counts for a run that is here. The definition may have been moved between the container and a
     * process under a live run, or be overruled by the quarantine; from a program to a bundle nothing leads.
     */
    public JobSpec spec(JobSpec definition) {
        Place defined = of(definition.work());
        if (defined == this || defined == PROGRAM || this == PROGRAM) {
            return definition;
        }
        Isolation isolation = this == CONTAINER ? Isolation.CONTAINER : Isolation.PROCESS;
        return definition.withWork(((Work.BundleWork) definition.work()).with(isolation));
    }
}
