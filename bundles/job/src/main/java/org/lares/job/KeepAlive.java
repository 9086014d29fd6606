package org.lares.job;

import java.util.Map;
import java.util.Optional;

/**
 * When a job is to be running without a demand (launchd.plist(5): KeepAlive). The conditions are ORed; if none holds
 * the job falls back to demand.
 *
 * @param always KeepAlive = true
 * @param successfulExit true: restart after exit status 0; false: after any other end. Implies RunAtLoad
 * @param crashed true: restart after a crash; false: after any other end
 * @param pathState absolute path to whether it is to exist
 * @param otherJobEnabled label to whether that job is to be loaded (not: running)
 * @param otherJobActive label to whether that job is to be running
 * @param afterInitialDemand the other conditions count only once the job was demanded
 */
public record KeepAlive(
        boolean always,
        Optional<Boolean> successfulExit,
        Optional<Boolean> crashed,
        Map<String, Boolean> pathState,
        Map<Label, Boolean> otherJobEnabled,
        Map<Label, Boolean> otherJobActive,
        boolean afterInitialDemand) {

    /** On demand only (launchd's default). */
    public static final KeepAlive NEVER =
            new KeepAlive(false, Optional.empty(), Optional.empty(), Map.of(), Map.of(), Map.of(), false);

    public static final KeepAlive ALWAYS =
            new KeepAlive(true, Optional.empty(), Optional.empty(), Map.of(), Map.of(), Map.of(), false);

    public KeepAlive {
        pathState = Map.copyOf(pathState);
        otherJobEnabled = Map.copyOf(otherJobEnabled);
        otherJobActive = Map.copyOf(otherJobActive);
    }

    public static KeepAlive onSuccessfulExit(boolean wanted) {
        return new KeepAlive(false, Optional.of(wanted), Optional.empty(), Map.of(), Map.of(), Map.of(), false);
    }

    public static KeepAlive onCrash(boolean wanted) {
        return new KeepAlive(false, Optional.empty(), Optional.of(wanted), Map.of(), Map.of(), Map.of(), false);
    }
}
