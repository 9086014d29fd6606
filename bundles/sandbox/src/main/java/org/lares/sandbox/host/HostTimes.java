package org.lares.sandbox.host;

import java.time.Duration;

/**
 * Bounds of waiting for a host.
 *
 * @param checkIn from the spawn to the first check-in. A host checks in before it touches the job's code, in a fraction of
 *     a second: only a machine that hardly runs, or a JVM that does not come up, takes longer
 * @param ready from Go to Ready. A host bounds the activation itself, by as much as in the container, and tells where it
 *     hangs; so this is longer
 * @param again from the loss of a line, or the adoption, to a note about it. Nothing is ended then: the job may do its
 *     work, and its process may be held by a debugger
 * @param evidence from SIGQUIT, at which a JVM writes its stacks into the log, to the end by force
 * @param greeting from opening a line to its check-in
 */
record HostTimes(Duration checkIn, Duration ready, Duration again, Duration evidence, Duration greeting) {
    static final HostTimes DEFAULT = new HostTimes(
            Duration.ofSeconds(30),
            Duration.ofSeconds(65),
            Duration.ofMinutes(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10));
}
