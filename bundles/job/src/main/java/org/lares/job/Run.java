package org.lares.job;

/**
 * What a run of a bundle in the container may ask and tell. While a run is live it is a service that only the job's own
 * bundle sees; using it is optional, except that a job with a watchdog must report.
 *
 * <p>May be called from any thread and never blocks. After the end of the run {@link #alive} does nothing and
 * {@link #stopping} answers true.
 */
public interface Run {

    RunId id();

    /** The run does its work: starts the period of the watchdog anew ({@code WatchdogSeconds}). */
    void alive();

    /** Whether the run was asked to end. Its main is interrupted as well; this is for code that must not be. */
    boolean stopping();
}
