package org.lares.job;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * When a job starts, is started again, and how long it may take to end. Names and defaults are launchd.plist(5)'s.
 *
 * @param disabled the default only; the override database has the last word
 * @param throttle least time between two automatic starts, start to start; 0 or more
 * @param exitTimeOut from asking a run to end to ending it by force; 0 means never by force
 * @param launchOnlyOnce at most one automatic start per boot of the machine
 * @param startInterval period of timed demands; a firing while the job runs is remembered, once
 * @param watchdog a run that does not report within this time has failed
 * @param quarantineOnFailure after how many runs that harmed the shared JVM (memory exhausted, threads left behind or out
 *     of reach, watchdog missed) the job gets a process of its own; 1 or more
 */
public record Policy(
        boolean disabled,
        boolean runAtLoad,
        KeepAlive keepAlive,
        Duration throttle,
        Duration exitTimeOut,
        boolean launchOnlyOnce,
        Optional<Duration> startInterval,
        Optional<Duration> watchdog,
        Optional<BackOff> backOff,
        Optional<GiveUp> giveUp,
        OptionalInt quarantineOnFailure) {

    public static final Duration DEFAULT_THROTTLE = Duration.ofSeconds(10);
    /** launchd 842 and its man page; current macOS prints 5 s. */
    public static final Duration DEFAULT_EXIT_TIME_OUT = Duration.ofSeconds(20);

    /** launchd's defaults: on demand, throttle 10 s, exit timeout 20 s. */
    public static final Policy ON_DEMAND = builder().build();

    public Policy {
        Objects.requireNonNull(keepAlive, "keepAlive");
        Objects.requireNonNull(throttle, "throttle");
        Objects.requireNonNull(exitTimeOut, "exitTimeOut");
    }

    /** Whether loading the job starts it: RunAtLoad, or a KeepAlive that implies it. */
    public boolean startsAtLoad() {
        return runAtLoad || keepAlive.always() || keepAlive.successfulExit().isPresent();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Not thread-safe; starts with launchd's defaults. */
    public static final class Builder {
        private boolean disabled;
        private boolean runAtLoad;
        private KeepAlive keepAlive = KeepAlive.NEVER;
        private Duration throttle = DEFAULT_THROTTLE;
        private Duration exitTimeOut = DEFAULT_EXIT_TIME_OUT;
        private boolean launchOnlyOnce;
        private Optional<Duration> startInterval = Optional.empty();
        private Optional<Duration> watchdog = Optional.empty();
        private Optional<BackOff> backOff = Optional.empty();
        private Optional<GiveUp> giveUp = Optional.empty();
        private OptionalInt quarantineOnFailure = OptionalInt.empty();

        private Builder() {}

        public Builder disabled(boolean value) {
            disabled = value;
            return this;
        }

        public Builder runAtLoad(boolean value) {
            runAtLoad = value;
            return this;
        }

        public Builder keepAlive(KeepAlive value) {
            keepAlive = value;
            return this;
        }

        public Builder throttle(Duration value) {
            throttle = value;
            return this;
        }

        public Builder exitTimeOut(Duration value) {
            exitTimeOut = value;
            return this;
        }

        public Builder launchOnlyOnce(boolean value) {
            launchOnlyOnce = value;
            return this;
        }

        public Builder startInterval(Duration value) {
            startInterval = Optional.of(value);
            return this;
        }

        public Builder watchdog(Duration value) {
            watchdog = Optional.of(value);
            return this;
        }

        public Builder backOff(BackOff value) {
            backOff = Optional.of(value);
            return this;
        }

        public Builder giveUp(GiveUp value) {
            giveUp = Optional.of(value);
            return this;
        }

        public Builder quarantineOnFailure(int failures) {
            quarantineOnFailure = OptionalInt.of(failures);
            return this;
        }

        public Policy build() {
            return new Policy(
                    disabled,
                    runAtLoad,
                    keepAlive,
                    throttle,
                    exitTimeOut,
                    launchOnlyOnce,
                    startInterval,
                    watchdog,
                    backOff,
                    giveUp,
                    quarantineOnFailure);
        }
    }
}
