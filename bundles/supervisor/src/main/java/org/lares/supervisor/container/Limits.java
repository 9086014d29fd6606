package org.lares.supervisor.container;

import java.time.Duration;

/**
 * Bounds of waiting for the code of bundles.
 *
 * @param activation of the gate's opening; a run that takes longer has failed
 * @param force from the interruption of everything to giving the run up as hung
 * @param stragglers for threads of the bundle that are about to end when the run is over
 * @param handStop how long a stop of the bundle by hand waits for the run
 */
record Limits(Duration activation, Duration force, Duration stragglers, Duration handStop) {
    static final Limits DEFAULT =
            new Limits(Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(10));
}
