package org.lares.supervisor.core;

import org.lares.job.Label;

/** An effect with the job it is for; or one of the domain as a whole. */
public sealed interface DomainEffect {

    record ForJob(Label label, Effect effect) implements DomainEffect {}

    /** Completes a request that is not one job's. */
    record Answer(RequestId request, Effect.Outcome outcome) implements DomainEffect {}
}
