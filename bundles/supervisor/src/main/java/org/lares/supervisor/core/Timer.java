package org.lares.supervisor.core;

import java.time.Duration;

/**
 * A timer of a job. It fires as an event that carries this value; a job whose own record of that kind has another
 * deadline drops it as stale.
 *
 * @param deadline in monotonic time
 */
public record Timer(Kind kind, Duration deadline) {

    /** At most one timer of each kind is set per job. */
    public enum Kind {
        /** The scheduled start is due. */
        START,
        /** ExitTimeOut passed. */
        EXIT,
        /** The force that followed it had no effect for long enough. */
        KILL,
        /** StartInterval. */
        INTERVAL
    }
}
