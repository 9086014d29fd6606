package org.lares.shell.view;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.lares.job.Domain;
import org.lares.job.Explanation;
import org.lares.job.JobSpec;
import org.lares.job.JobStatus;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.RunEnd;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Usage;
import org.lares.job.Verification;
import org.lares.job.Wanted;
import org.lares.job.Work;

/**
 * Jobs in the plain data model, for {@code --json}. Every field is always there; what is unknown is null. The fields are
 * documented in docs/json.md, and a test holds that page and this class together.
 */
public final class JobModel {
    private JobModel() {}

    /** @param values whether values of environment variables are shown; otherwise null stands for each */
    public static Map<String, Object> job(JobStatus job, boolean values) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("target", job.target());
        map.put("domain", job.domain().name());
        map.put("label", job.label().value());
        map.put("state", job.state().text());
        map.put("wanted", job.wanted() == Wanted.UP);
        map.put("disabled", job.disabled());
        map.put("overridden", job.overridden());
        map.put("run", job.run().map(JobModel::liveRun).orElse(null));
        map.put("lastReason", reason(job.lastReason()));
        map.put("runs", job.runs());
        map.put("successiveCrashes", (long) job.successiveCrashes());
        map.put("nextStart", time(job.nextStart()));
        map.put("pending", reason(job.pending()));
        map.put("obstacle", job.obstacle().orElse(null));
        map.put("gaveUp", job.gaveUp().orElse(null));
        map.put("last", job.last().map(JobModel::run).orElse(null));
        map.put("quarantine", job.quarantine().orElse(null));
        map.put("spares", (long) job.spares());
        map.put("facts", List.copyOf(job.facts()));
        map.put("notes", List.copyOf(job.notes()));
        map.put("spec", spec(job.spec(), values));
        return map;
    }

    public static Map<String, Object> liveRun(JobStatus.LiveRun run) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", run.id().value());
        map.put("pid", number(run.pid()));
        map.put("since", run.since().toString());
        map.put("reason", reason(Optional.of(run.reason())));
        map.put("ready", time(run.ready()));
        return map;
    }

    public static Map<String, Object> run(RunRecord run) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", run.run().value());
        map.put("pid", number(run.pid()));
        map.put("reason", reason(Optional.of(run.reason())));
        map.put("started", run.started().toString());
        map.put("ended", run.ended().toString());
        map.put("end", end(run.end()));
        map.put("stop", run.stop().orElse(null));
        map.put("usage", run.usage().map(JobModel::usage).orElse(null));
        return map;
    }

    public static Map<String, Object> reason(Optional<StartReason> reason) {
        return reason.map(r -> {
                    Map<String, Object> map = new LinkedHashMap<>();
                    map.put("kind", r.kind().text());
                    map.put("detail", r.detail());
                    return map;
                })
                .orElse(null);
    }

    public static Map<String, Object> domain(
            Domain domain,
            List<JobStatus> jobs,
            boolean values,
            List<Verification> refused,
            Optional<String> degraded) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("domain", domain.name());
        map.put("degraded", degraded.orElse(null));
        map.put("refused", refused.stream().map(JobModel::verification).toList());
        map.put("jobs", jobs.stream().map(job -> job(job, values)).toList());
        return map;
    }

    public static Map<String, Object> history(String target, List<RunRecord> runs) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("target", target);
        map.put("runs", runs.stream().map(JobModel::run).toList());
        return map;
    }

    public static Map<String, Object> explanation(Explanation explanation) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("target", explanation.target());
        map.put("chain", List.copyOf(explanation.chain()));
        map.put("leaf", explanation.leaf());
        map.put("next", explanation.next());
        return map;
    }

    public static Map<String, Object> verification(Verification file) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("where", file.where());
        map.put("ok", file.ok());
        map.put("label", file.spec().map(spec -> spec.label().value()).orElse(null));
        map.put("remarks", file.remarks().stream().map(JobModel::remark).toList());
        return map;
    }

    public static Map<String, Object> remark(Remark remark) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("severity", remark.severity() == Remark.Severity.ERROR ? "error" : "note");
        map.put("where", remark.where());
        map.put("line", remark.line() == 0 ? null : (long) remark.line());
        map.put("key", remark.key());
        map.put("message", remark.message());
        map.put("remedy", remark.remedy());
        return map;
    }

    private static Map<String, Object> end(RunEnd end) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("cause", end.cause().text());
        map.put("code", number(end.code()));
        map.put("signal", number(end.signal()));
        map.put("successful", end.successful());
        map.put("crashed", end.crashed());
        map.put("detail", end.detail());
        map.put("leftThreads", (long) end.leftThreads());
        return map;
    }

    private static Map<String, Object> usage(Usage usage) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("cpuMillis", usage.cpu().toMillis());
        map.put("memoryBytes", usage.memory() < 0 ? null : usage.memory());
        return map;
    }

    private static Map<String, Object> spec(JobSpec spec, boolean values) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", spec.kind().text());
        map.put("origin", origin(spec.origin()));
        map.put("description", spec.description());
        if (spec.work() instanceof Work.ProgramWork program) {
            map.put("program", program(program, values));
            map.put("bundle", null);
        } else {
            map.put("program", null);
            map.put("bundle", bundle((Work.BundleWork) spec.work()));
        }
        map.put("policy", policy(spec.policy()));
        map.put("overlaid", new LinkedHashMap<>(new TreeMap<>(spec.overlaid())));
        map.put("remarks", spec.remarks().stream().map(JobModel::remark).toList());
        return map;
    }

    private static Map<String, Object> origin(Origin origin) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", origin instanceof Origin.FileOrigin file ? file.path().toString() : null);
        map.put("bundleId", origin instanceof Origin.BundleOrigin bundle ? bundle.bundleId() : null);
        map.put("text", origin.text());
        return map;
    }

    private static Map<String, Object> bundle(Work.BundleWork work) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", number(work.bundleId()));
        map.put("symbolicName", work.symbolicName());
        map.put("location", work.location().orElse(null));
        map.put("isolation", work.isolation().name().toLowerCase(Locale.ROOT));
        map.put("javaOptions", List.copyOf(work.host().javaOptions()));
        map.put("warmInstances", (long) work.host().warmInstances());
        map.put(
                "repositories",
                work.host().repositories().stream().map(Path::toString).toList());
        map.put("limits", limits(work.limits()));
        return map;
    }

    private static Map<String, Object> limits(Limits limits) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("memoryBytes", number(limits.memory()));
        map.put("cpu", limits.cpu().isPresent() ? limits.cpu().getAsDouble() : null);
        map.put("processes", number(limits.processes()));
        map.put("files", number(limits.files()));
        map.put("advisory", limits.advisory());
        return map;
    }

    private static Map<String, Object> program(Work.ProgramWork work, boolean values) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("path", work.program());
        map.put("arguments", List.copyOf(work.arguments()));
        Map<String, Object> environment = new LinkedHashMap<>();
        new TreeMap<>(work.environment()).forEach((name, value) -> environment.put(name, values ? value : null));
        map.put("environment", environment);
        map.put("workingDirectory", path(work.workingDirectory()));
        map.put("umask", number(work.umask()));
        map.put("nice", number(work.nice()));
        map.put("softLimits", new LinkedHashMap<>(new TreeMap<>(work.softLimits())));
        map.put("hardLimits", new LinkedHashMap<>(new TreeMap<>(work.hardLimits())));
        map.put("user", work.user().orElse(null));
        map.put("group", work.group().orElse(null));
        map.put("initGroups", work.initGroups());
        map.put("standardInPath", path(work.standardIn()));
        map.put("standardOutPath", path(work.standardOut()));
        map.put("standardErrorPath", path(work.standardError()));
        map.put("abandonProcessGroup", work.abandonProcessGroup());
        map.put("limits", limits(work.limits()));
        return map;
    }

    private static Map<String, Object> policy(Policy policy) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("disabledByDefinition", policy.disabled());
        map.put("runAtLoad", policy.runAtLoad());
        map.put("keepAlive", keepAlive(policy.keepAlive()));
        map.put("throttleMillis", policy.throttle().toMillis());
        map.put("exitTimeOutMillis", policy.exitTimeOut().toMillis());
        map.put("launchOnlyOnce", policy.launchOnlyOnce());
        map.put("startIntervalMillis", millis(policy.startInterval()));
        map.put("watchdogMillis", millis(policy.watchdog()));
        map.put(
                "backOff",
                policy.backOff()
                        .map(backOff -> {
                            Map<String, Object> fields = new LinkedHashMap<>();
                            fields.put("initialMillis", backOff.initial().toMillis());
                            fields.put("multiplier", backOff.multiplier());
                            fields.put("maximumMillis", backOff.maximum().toMillis());
                            fields.put("jitter", backOff.jitter());
                            fields.put("resetAfterMillis", backOff.resetAfter().toMillis());
                            return fields;
                        })
                        .orElse(null));
        map.put(
                "giveUp",
                policy.giveUp()
                        .map(giveUp -> {
                            Map<String, Object> fields = new LinkedHashMap<>();
                            fields.put("failures", (long) giveUp.failures());
                            fields.put("withinMillis", giveUp.within().toMillis());
                            return fields;
                        })
                        .orElse(null));
        map.put("quarantineOnFailure", number(policy.quarantineOnFailure()));
        return map;
    }

    private static Map<String, Object> keepAlive(KeepAlive keepAlive) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("always", keepAlive.always());
        map.put("successfulExit", keepAlive.successfulExit().orElse(null));
        map.put("crashed", keepAlive.crashed().orElse(null));
        map.put("pathState", new LinkedHashMap<>(new TreeMap<>(keepAlive.pathState())));
        map.put("otherJobEnabled", labels(keepAlive.otherJobEnabled()));
        map.put("otherJobActive", labels(keepAlive.otherJobActive()));
        map.put("afterInitialDemand", keepAlive.afterInitialDemand());
        return map;
    }

    private static Map<String, Object> labels(Map<Label, Boolean> conditions) {
        Map<String, Object> map = new LinkedHashMap<>();
        new TreeMap<>(conditions).forEach((label, wanted) -> map.put(label.value(), wanted));
        return map;
    }

    private static String path(Optional<Path> path) {
        return path.map(Path::toString).orElse(null);
    }

    private static String time(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    private static Long millis(Optional<Duration> duration) {
        return duration.map(Duration::toMillis).orElse(null);
    }

    private static Long number(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private static Long number(OptionalInt value) {
        return value.isPresent() ? (long) value.getAsInt() : null;
    }
}
