package org.lares.job;

import java.time.Duration;

/**
 * When to stop trying; Lares' own key {@code GiveUp}, off unless asked for. The job becomes
 * {@link JobState#FAILED} and is not started automatically any more.
 *
 * @param failures 1 or more ended runs that count as failures
 * @param within the time in which they must lie, over 0
 */
public record GiveUp(int failures, Duration within) {}
