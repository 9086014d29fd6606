package org.lares.job;

/** What is. What should be is {@link Wanted}. */
public enum JobState {
    /** No run, none due. */
    IDLE("not running"),
    /** No run; one is due at a known time (throttle or back-off). */
    SCHEDULED("spawn scheduled"),
    /** A start was ordered from the runner; no answer yet. */
    STARTING("starting"),
    RUNNING("running"),
    /** The run was asked to end; its exit timeout is running. */
    STOPPING("stopping"),
    /** The exit timeout passed; the run is being ended by force. */
    KILLING("killing"),
    /** Given up; only a person brings it back (kickstart, enable, a new definition). */
    FAILED("failed");

    private final String text;

    JobState(String text) {
        this.text = text;
    }

    /** launchctl's word where it has one. */
    public String text() {
        return text;
    }

    /** Whether a run exists in this state. */
    public boolean live() {
        return this == STARTING || this == RUNNING || this == STOPPING || this == KILLING;
    }
}
