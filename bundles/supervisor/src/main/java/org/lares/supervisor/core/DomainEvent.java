package org.lares.supervisor.core;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.Caller;
import org.lares.job.JobSpec;
import org.lares.job.Label;

/** What can happen to a domain. */
public sealed interface DomainEvent {

    /** First event of a life: what the store remembers. Nothing is started or adopted before its definition is loaded. */
    record Restored(Map<Label, Memory> memories, long lastRun) implements DomainEvent {}

    /**
     * Definitions to load, all or nothing.
     *
     * @param request empty if nobody waits (start-up, a bundle arrived)
     * @param obstacles labels among them that cannot be started yet, with the reason
     * @param byPerson a person's bootstrap is a load whatever was before; that of a source may only find again, after the
     *     death of the container, what was loaded
     */
    record Bootstrap(List<JobSpec> specs, Map<Label, String> obstacles, Optional<RequestId> request, boolean byPerson)
            implements DomainEvent {

        public Bootstrap(List<JobSpec> specs, Map<Label, String> obstacles, Optional<RequestId> request) {
            this(specs, obstacles, request, false);
        }
    }

    /** A loaded job's definition was replaced by its source. */
    record Redefine(JobSpec spec) implements DomainEvent {}

    /** Overrides; the label need not be loaded. */
    record SetEnabled(Label label, boolean enabled, RequestId request, Caller caller) implements DomainEvent {}

    /** An event of one job. For a label that is not loaded: a request in it is refused, the rest is dropped as stale. */
    record ForJob(Label label, Event event) implements DomainEvent {}

    /**
     * All jobs are to end; answered when none has a live run. No start follows.
     *
     * @param handover only what is in the container ends: processes go on, for the next container to adopt
     */
    record ShutdownAll(RequestId request, boolean handover) implements DomainEvent {}
}
