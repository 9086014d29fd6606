package org.lares.supervisor.definition;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lares.job.BackOff;
import org.lares.job.GiveUp;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Policy;

/** The keys about when a job runs, after {@link Checking} has looked at each alone. */
final class PolicyReading {
    private final Fields definition;
    private final Reading reading;

    PolicyReading(Fields definition, Reading reading) {
        this.definition = definition;
        this.reading = reading;
    }

    /** Relied on only if no error was found. */
    Policy policy() {
        Policy.Builder policy = Policy.builder().keepAlive(keepAlive());
        definition.truth("Disabled").ifPresent(policy::disabled);
        definition.truth("RunAtLoad").ifPresent(policy::runAtLoad);
        definition.truth("LaunchOnlyOnce").ifPresent(policy::launchOnlyOnce);
        definition.seconds("ThrottleInterval").ifPresent(policy::throttle);
        definition.seconds("ExitTimeOut").ifPresent(policy::exitTimeOut);
        definition.seconds("StartInterval").ifPresent(policy::startInterval);
        definition.seconds("WatchdogSeconds").ifPresent(policy::watchdog);
        backOff().ifPresent(policy::backOff);
        giveUp().ifPresent(policy::giveUp);
        definition.whole("QuarantineOnFailure").map(PolicyReading::clamp).ifPresent(policy::quarantineOnFailure);
        return policy.build();
    }

    private KeepAlive keepAlive() {
        Optional<Boolean> onDemand = definition.truth("OnDemand");
        if (!definition.has("KeepAlive")) {
            return onDemand.orElse(true) ? KeepAlive.NEVER : KeepAlive.ALWAYS;
        }
        if (onDemand.isPresent()) {
            reading.note(definition.at("OnDemand"), "OnDemand", "says nothing beside KeepAlive", "remove it");
        }
        Optional<Boolean> always = definition.truth("KeepAlive");
        if (always.isPresent()) {
            return always.get() ? KeepAlive.ALWAYS : KeepAlive.NEVER;
        }
        Fields conditions = definition.dict("KeepAlive");
        return new KeepAlive(
                false,
                conditions.truth("SuccessfulExit"),
                conditions.truth("Crashed"),
                paths(conditions.dict("PathState")),
                labels(conditions.dict("OtherJobEnabled"), "KeepAlive.OtherJobEnabled"),
                labels(conditions.dict("OtherJobActive"), "KeepAlive.OtherJobActive"),
                conditions.truth("AfterInitialDemand").orElse(false));
    }

    private Map<String, Boolean> paths(Fields conditions) {
        Map<String, Boolean> paths = conditions.truths();
        for (String path : paths.keySet()) {
            if (Checking.path(path).filter(Path::isAbsolute).isEmpty()) {
                reading.error(
                        conditions.at(path),
                        "KeepAlive.PathState",
                        Quote.of(path) + " is no absolute path",
                        "write one that starts with /");
            }
        }
        return paths;
    }

    private Map<Label, Boolean> labels(Fields conditions, String shown) {
        Map<Label, Boolean> labels = new LinkedHashMap<>();
        conditions.truths().forEach((label, holds) -> {
            if (Label.isValid(label)) {
                labels.put(Label.of(label), holds);
            } else {
                reading.error(
                        conditions.at(label), shown, Quote.of(label) + " is no label", "name the other job's Label");
            }
        });
        return labels;
    }

    private Optional<BackOff> backOff() {
        Optional<Boolean> plain = definition.truth("BackOff");
        if (plain.isPresent()) {
            return plain.get() ? Optional.of(BackOff.DEFAULT) : Optional.empty();
        }
        if (!definition.has("BackOff")) {
            return Optional.empty();
        }
        Fields given = definition.dict("BackOff");
        BackOff byDefault = BackOff.DEFAULT;
        Duration initial = given.seconds("Initial").orElse(byDefault.initial());
        Duration maximum = given.seconds("Maximum").orElse(byDefault.maximum());
        if (maximum.compareTo(initial) < 0) {
            reading.error(
                    given.at(given.has("Maximum") ? "Maximum" : "Initial"),
                    "BackOff",
                    "Maximum is below Initial (" + maximum.toMillis() + " ms, " + initial.toMillis() + " ms)",
                    "raise Maximum");
        }
        return Optional.of(new BackOff(
                initial,
                given.number("Multiplier").orElse(byDefault.multiplier()),
                maximum,
                given.number("Jitter").orElse(byDefault.jitter()),
                given.seconds("ResetAfter").orElse(byDefault.resetAfter())));
    }

    private Optional<GiveUp> giveUp() {
        if (!definition.has("GiveUp")) {
            return Optional.empty();
        }
        Fields given = definition.dict("GiveUp");
        for (String key : new String[] {"Failures", "Within"}) {
            if (!given.has(key)) {
                reading.error(definition.at("GiveUp"), "GiveUp." + key, "is missing", "add it");
            }
        }
        Optional<Duration> within = given.seconds("Within");
        return given.whole("Failures").flatMap(failures -> within.map(time -> new GiveUp(clamp(failures), time)));
    }

    private static int clamp(long failures) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, failures));
    }
}
