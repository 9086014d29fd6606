package org.lares.job;

/** What should be: whether there is a reason for a run to exist. What is, is {@link JobState}. */
public enum Wanted {
    UP,
    DOWN
}
