package org.lares.supervisor.core;

import java.time.Duration;
import java.util.Optional;
import org.lares.job.BackOff;
import org.lares.job.GiveUp;
import org.lares.job.Label;
import org.lares.job.Policy;
import org.lares.job.RunEnd;

/**
 * When an automatic start may happen: throttle (launchd.plist(5): ThrottleInterval, start to start), back-off and give-up
 * (Lares' own). A kickstart does not ask here.
 */
final class RestartDelay {
    private RestartDelay() {}

    /** The earliest moment of an automatic start, in monotonic time; not after now: at once. */
    static Duration due(Draft job) {
        Policy policy = job.spec.policy();
        Duration due = job.now.monotonic();
        Optional<Duration> start = thisBoot(job.memory.lastStart(), job.now);
        if (start.isPresent()) {
            due = later(due, start.get().plus(policy.throttle()));
        }
        int failures = job.memory.successiveCrashes();
        if (policy.backOff().isPresent() && failures > 0) {
            Optional<Duration> from = thisBoot(lastFailure(job), job.now).or(() -> start);
            if (from.isPresent()) {
                due = later(
                        due,
                        from.get().plus(delay(policy.backOff().get(), failures, job.spec.label(), job.memory.runs())));
            }
        }
        return due;
    }

    /** A run ended by itself, or could not be started. Counts it, and gives up if that was one too many. */
    static void ended(Draft job, RunEnd end, Time started) {
        Policy policy = job.spec.policy();
        int count = job.memory.successiveCrashes();
        boolean lived = policy.backOff().isPresent()
                && job.now
                        .since(started)
                        .map(age -> age.compareTo(policy.backOff().get().resetAfter()) >= 0)
                        .orElse(false);
        if (lived || end.successful()) {
            count = 0;
        }
        if (isFailure(end)) {
            count++;
            job.failures.add(job.now);
            trim(job);
        }
        job.memory = job.memory.withSuccessiveCrashes(count);
        if (isFailure(end) && policy.giveUp().isPresent()) {
            GiveUp giveUp = policy.giveUp().get();
            if (job.failures.size() >= giveUp.failures()) {
                job.memory = job.memory.withGaveUp(Optional.of("failed " + giveUp.failures() + " times within "
                        + seconds(giveUp.within()) + ", the last time: " + end.text()));
            }
        }
    }

    /** Failures count from zero again, and a give-up is taken back; not that of a run which may still be there. */
    static void reset(Draft job) {
        job.failures.clear();
        job.memory = job.memory.withSuccessiveCrashes(0);
        if (!job.memory.hung()) {
            job.memory = job.memory.withGaveUp(Optional.empty());
        }
    }

    /** What nobody knows, or what somebody else did, is no failure of the job. */
    private static boolean isFailure(RunEnd end) {
        return switch (end.cause()) {
            case LOST, UNKNOWN, BUNDLE_STOPPED, HUNG -> false;
            default -> !end.successful();
        };
    }

    private static void trim(Draft job) {
        Optional<GiveUp> giveUp = job.spec.policy().giveUp();
        int keep = giveUp.map(GiveUp::failures).orElse(1);
        job.failures.removeIf(failure -> giveUp.isPresent()
                && job.now
                        .since(failure)
                        .map(age -> age.compareTo(giveUp.get().within()) > 0)
                        .orElse(true));
        while (job.failures.size() > keep) {
            job.failures.remove(0);
        }
    }

    private static Optional<Time> lastFailure(Draft job) {
        return job.failures.isEmpty() ? Optional.empty() : Optional.of(job.failures.get(job.failures.size() - 1));
    }

    /**
     * The wait after the n-th failure. The jitter is a hash of the label and the count of runs: it differs between jobs
     * and between runs, and is the same whenever this is computed again.
     */
    static Duration delay(BackOff backOff, int failures, Label label, long runs) {
        double initial = backOff.initial().toNanos();
        double grown = initial * Math.pow(backOff.multiplier(), failures - 1.0);
        double capped = Math.min(grown, backOff.maximum().toNanos());
        double spread = capped * (1 + backOff.jitter() * fraction(label, runs));
        return Duration.ofNanos((long) Math.min(spread, Long.MAX_VALUE / 4.0));
    }

    /** From 0 to below 1; the finalizer of SplitMix64 over both values. */
    private static double fraction(Label label, long runs) {
        long z = label.value().hashCode() * 0x9E3779B97F4A7C15L + runs;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (z >>> 11) * 0x1.0p-53;
    }

    private static Optional<Duration> thisBoot(Optional<Time> time, Time now) {
        return time.filter(t -> t.bootId().equals(now.bootId())).map(Time::monotonic);
    }

    private static Duration later(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }
}
