package org.lares.job;

/** Where a job runs. */
public enum Isolation {
    /** In the container's own JVM; a bundle. */
    CONTAINER,
    /** In a process of its own. */
    PROCESS,
    /** In a process of its own, confined to its entitlements. */
    SANDBOX
}
