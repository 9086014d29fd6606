package org.lares.supervisor.core;

import org.lares.job.Label;

/** A fact about the world outside a job on which its KeepAlive may depend. */
public sealed interface Condition {

    /** The absolute path exists. Watched by the loop. */
    record PathExists(String path) implements Condition {}

    /** That job is loaded and not disabled. Known to {@link DomainMachine}. */
    record JobEnabled(Label label) implements Condition {}

    /** That job has a live run. Known to {@link DomainMachine}. */
    record JobActive(Label label) implements Condition {}
}
