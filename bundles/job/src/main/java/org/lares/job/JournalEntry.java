package org.lares.job;

import java.time.Instant;
import java.util.Optional;

/**
 * One change of a job, with its cause.
 *
 * @param cause what brought it about, for people: an event, a request with its caller
 */
public record JournalEntry(
        Instant at, Label label, JobState from, JobState to, Wanted wanted, Optional<RunId> run, String cause) {}
