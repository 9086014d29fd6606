package org.lares.supervisor.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Policy;
import org.lares.job.RunEnd;
import org.lares.job.StartReason;

/**
 * Whether a job without a run is to be started without anybody asking, and why. The order of the tests is launchd 842's
 * ({@code job_keepalive}): the initial demand still to come, pent-up demand, KeepAlive = true, the conditions, ORed.
 */
final class StartPolicy {
    private StartPolicy() {}

    static Optional<StartReason> reason(Draft job) {
        Policy policy = job.spec.policy();
        KeepAlive keep = policy.keepAlive();
        if (policy.launchOnlyOnce() && job.memory.onceBootId().equals(Optional.of(job.now.bootId()))) {
            return Optional.empty();
        }
        if (keep.afterInitialDemand() && !job.demanded) {
            return Optional.empty();
        }
        if (job.pending.isPresent()) {
            return job.pending;
        }
        if (keep.always()) {
            return Optional.of(speculative("KeepAlive"));
        }
        return afterEnd(keep, job.lastEnd).or(() -> byCondition(keep, job.conditions));
    }

    /** What a load asks for (launchd.plist(5): RunAtLoad, and what implies it). */
    static Optional<StartReason> atLoad(Policy policy) {
        if (!policy.startsAtLoad()) {
            return Optional.empty();
        }
        return Optional.of(speculative(policy.runAtLoad() ? "RunAtLoad" : "KeepAlive"));
    }

    static StartReason speculative(String detail) {
        return new StartReason(StartReason.Kind.SPECULATIVE, detail);
    }

    private static Optional<StartReason> afterEnd(KeepAlive keep, Optional<RunEnd> lastEnd) {
        if (lastEnd.isEmpty()) {
            return Optional.empty();
        }
        RunEnd end = lastEnd.get();
        if (keep.successfulExit().isPresent() && keep.successfulExit().get() == end.successful()) {
            return Optional.of(speculative("KeepAlive.SuccessfulExit"));
        }
        if (keep.crashed().isPresent() && keep.crashed().get() == end.crashed()) {
            return Optional.of(speculative("KeepAlive.Crashed"));
        }
        return Optional.empty();
    }

    private static Optional<StartReason> byCondition(KeepAlive keep, Map<Condition, Boolean> known) {
        for (Map.Entry<String, Boolean> path : new TreeMap<>(keep.pathState()).entrySet()) {
            if (path.getValue().equals(known.get(new Condition.PathExists(path.getKey())))) {
                return Optional.of(speculative("KeepAlive.PathState " + path.getKey()));
            }
        }
        for (Map.Entry<Label, Boolean> other : new TreeMap<>(keep.otherJobEnabled()).entrySet()) {
            if (other.getValue().equals(known.get(new Condition.JobEnabled(other.getKey())))) {
                return Optional.of(speculative("KeepAlive.OtherJobEnabled " + other.getKey()));
            }
        }
        for (Map.Entry<Label, Boolean> other : new TreeMap<>(keep.otherJobActive()).entrySet()) {
            if (other.getValue().equals(known.get(new Condition.JobActive(other.getKey())))) {
                return Optional.of(speculative("KeepAlive.OtherJobActive " + other.getKey()));
            }
        }
        return Optional.empty();
    }

    /** All conditions that the policy looks at, in a fixed order (the maps of the policy have none). */
    static List<Condition> conditions(Policy policy) {
        KeepAlive keep = policy.keepAlive();
        if (keep.pathState().isEmpty()
                && keep.otherJobEnabled().isEmpty()
                && keep.otherJobActive().isEmpty()) {
            return List.of();
        }
        List<Condition> conditions = new ArrayList<>();
        keep.pathState().keySet().stream()
                .sorted()
                .map(Condition.PathExists::new)
                .forEach(conditions::add);
        keep.otherJobEnabled().keySet().stream()
                .sorted()
                .map(Condition.JobEnabled::new)
                .forEach(conditions::add);
        keep.otherJobActive().keySet().stream()
                .sorted()
                .map(Condition.JobActive::new)
                .forEach(conditions::add);
        return conditions;
    }
}
