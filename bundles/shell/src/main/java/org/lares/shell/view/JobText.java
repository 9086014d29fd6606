package org.lares.shell.view;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.lares.job.Domain;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.RunEnd;
import org.lares.job.RunRecord;
import org.lares.job.Verification;
import org.lares.job.Wanted;
import org.lares.job.Work;

/** Jobs as launchctl prints them, with its names of fields where they mean the same, in its order; then our own. */
public final class JobText {
    private static final int FIRST_SYSEXIT = 64;
    private static final List<String> SYSEXITS = List.of(
            "EX_USAGE",
            "EX_DATAERR",
            "EX_NOINPUT",
            "EX_NOUSER",
            "EX_NOHOST",
            "EX_UNAVAILABLE",
            "EX_SOFTWARE",
            "EX_OSERR",
            "EX_OSFILE",
            "EX_CANTCREAT",
            "EX_IOERR",
            "EX_TEMPFAIL",
            "EX_PROTOCOL",
            "EX_NOPERM",
            "EX_CONFIG");

    private JobText() {}

    /** launchctl list: {@code PID Status Label}, then the state, its time, the count of runs, and where they are. */
    public static String list(List<JobStatus> jobs, ZoneId zone, boolean aligned) {
        Table table = new Table("PID", "Status", "Label", "State", "Since/Next", "Runs", "Where");
        for (JobStatus job : jobs) {
            table.row(
                    pid(job),
                    status(job),
                    job.label().value(),
                    job.disabled()
                            ? job.state().text() + " (disabled)"
                            : job.state().text(),
                    when(job, zone),
                    Long.toString(job.runs()),
                    where(job));
        }
        return table.text(aligned);
    }

    /**
     * launchctl's column: 0 before the first end, the exit status, {@code -N} for signal N; {@code ???} where the last
     * run ended without either.
     */
    static String status(JobStatus job) {
        if (job.last().isEmpty()) {
            return "0";
        }
        RunEnd end = job.last().get().end();
        if (end.signal().isPresent()) {
            return "-" + end.signal().getAsInt();
        }
        return end.code().isPresent() ? Integer.toString(end.code().getAsInt()) : end.successful() ? "0" : "???";
    }

    /** Of the live run, else of the next; {@code +N}: so many processes stand ready. */
    private static String where(JobStatus job) {
        StringBuilder where = new StringBuilder();
        if (job.spec().work() instanceof Work.BundleWork) {
            boolean process = job.run().map(run -> run.pid().isPresent()).orElse(false);
            Isolation isolation = ((Work.BundleWork) job.effective().work()).isolation();
            where.append(isolation == Isolation.CONTAINER && process ? "process" : isolation(isolation));
            if (job.quarantine().isPresent()) {
                where.append(" (quarantine)");
            }
        } else {
            where.append("program");
        }
        if (job.spares() > 0) {
            where.append(" +").append(job.spares());
        }
        return where.toString();
    }

    private static String isolation(Isolation isolation) {
        return isolation.name().toLowerCase(Locale.ROOT);
    }

    private static String pid(JobStatus job) {
        return job.run()
                .filter(run -> run.pid().isPresent())
                .map(run -> Long.toString(run.pid().getAsLong()))
                .orElse("-");
    }

    private static String when(JobStatus job, ZoneId zone) {
        if (job.run().isPresent()) {
            return Times.local(job.run().get().since(), zone);
        }
        return job.nextStart().map(next -> "next " + Times.local(next, zone)).orElse("-");
    }

    public static String domain(
            Domain domain, List<JobStatus> jobs, List<Verification> refused, Optional<String> degraded) {
        Block block = new Block().open(domain.name());
        block.field(
                "type",
                domain.equals(Domain.SYSTEM)
                        ? "system"
                        : domain.name().substring(0, domain.name().indexOf('/')));
        block.field("service count", jobs.size());
        block.field(
                "active count", jobs.stream().filter(job -> job.state().live()).count());
        degraded.ifPresent(reason -> block.field("nothing can be written", reason));
        block.gap().open("services");
        for (JobStatus job : jobs) {
            block.item(String.format("%8s %6s  %s", pid(job), status(job), job.label()));
        }
        block.close();
        block.gap().open("disabled services");
        jobs.stream()
                .filter(JobStatus::overridden)
                .forEach(job -> block.pair("\"" + job.label() + "\"", job.disabled() ? "disabled" : "enabled"));
        block.close();
        if (!refused.isEmpty()) {
            block.gap().open("refused definitions");
            refused.stream()
                    .flatMap(file -> file.remarks().stream())
                    .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                    .forEach(remark -> block.item(remark.toString()));
            block.close();
        }
        return block.close().text();
    }

    /** @param values whether values of environment variables are shown; otherwise {@code (set)} stands for each */
    public static String service(JobStatus job, ZoneId zone, boolean values) {
        JobSpec spec = job.spec();
        Block block = new Block().open(job.target());
        block.field("active count", job.state().live() ? 1 : 0);
        block.field("path", spec.origin().text());
        block.field("type", spec.kind().text());
        block.field("state", job.state().text());
        if (!spec.description().isEmpty()) {
            block.field("description", spec.description());
        }
        block.gap();
        if (spec.work() instanceof Work.ProgramWork program) {
            program(block, program, values);
        } else if (spec.work() instanceof Work.BundleWork bundle) {
            block.field(
                    "bundle",
                    bundle.symbolicName()
                            + (bundle.bundleId().isPresent()
                                    ? " [" + bundle.bundleId().getAsLong() + "]"
                                    : ""));
            bundle(block, bundle);
            job.quarantine().ifPresent(reason -> {
                block.field("quarantine", reason);
                block.field(
                        "quarantine remedy",
                        "it runs in a process of its own; to let it back: lares release " + job.target());
            });
        }
        if (job.spares() > 0) {
            block.field("warm instances ready", job.spares());
        }
        block.gap();
        block.field("domain", job.domain().name());
        if (spec.work() instanceof Work.ProgramWork program) {
            block.field("username", program.user());
            block.field("group", program.group());
            octal(program.umask()).ifPresent(umask -> block.field("umask", umask));
            program.nice().ifPresent(nice -> block.field("nice", nice));
        }
        Policy policy = spec.policy();
        block.field("minimum runtime", Times.seconds(policy.throttle()));
        block.field(
                "exit timeout",
                policy.exitTimeOut().isZero() ? "(never by force)" : Times.seconds(policy.exitTimeOut()));
        policy.watchdog().ifPresent(time -> block.field("watchdog", Times.seconds(time)));
        block.field("runs", job.runs());
        block.field("successive crashes", job.successiveCrashes());
        job.run().ifPresent(run -> {
            run.pid().ifPresent(pid -> block.field("pid", pid));
            block.field("run id", run.id());
            block.field("running since", Times.local(run.since(), zone));
            run.ready().ifPresent(ready -> block.field("ready since", Times.local(ready, zone)));
        });
        block.field("immediate reason", job.lastReason());
        block.field("pended spawn", job.pending());
        last(block, job, zone);
        policy.startInterval().ifPresent(time -> block.field("run interval", Times.seconds(time) + " seconds"));
        conditions(block, policy.keepAlive());
        String properties = properties(policy);
        if (!properties.isEmpty()) {
            block.field("properties", properties);
        }
        block.gap();
        block.field("wanted", job.wanted() == Wanted.UP ? "up" : "down");
        block.field("disabled", (job.disabled() ? "yes" : "no") + (job.overridden() ? " (override)" : " (definition)"));
        block.field("next start", job.nextStart().map(next -> Times.local(next, zone)));
        block.field("obstacle", job.obstacle());
        block.field("gave up", job.gaveUp());
        policy.quarantineOnFailure()
                .ifPresent(failures -> block.field("quarantine after", failures + " runs that harm the container"));
        policy.backOff()
                .ifPresent(backOff -> block.field(
                        "back-off",
                        Times.span(backOff.initial()) + " x" + backOff.multiplier() + " up to "
                                + Times.span(backOff.maximum())));
        policy.giveUp()
                .ifPresent(giveUp -> block.field(
                        "give up after", giveUp.failures() + " failures within " + Times.span(giveUp.within())));
        items(block, "host", job.facts());
        items(block, "notes", job.notes());
        if (!spec.overlaid().isEmpty()) {
            block.gap().open("overlaid");
            new TreeMap<>(spec.overlaid()).forEach(block::pair);
            block.close();
        }
        items(
                block,
                "not honoured",
                spec.remarks().stream().map(JobText::remark).toList());
        return block.close().text();
    }

    private static void program(Block block, Work.ProgramWork program, boolean values) {
        block.field("program", program.program());
        block.open("arguments");
        program.arguments().forEach(block::item);
        block.close();
        path(block, "working directory", program.workingDirectory());
        path(block, "stdin path", program.standardIn());
        path(block, "stdout path", program.standardOut());
        path(block, "stderr path", program.standardError());
        if (!program.environment().isEmpty()) {
            block.open("environment");
            new TreeMap<>(program.environment()).forEach((name, value) -> block.pair(name, values ? value : "(set)"));
            block.close();
        }
        limits(block, "soft resource limits", program.softLimits());
        limits(block, "hard resource limits", program.hardLimits());
        limits(block, program.limits());
    }

    private static void bundle(Block block, Work.BundleWork bundle) {
        block.field("location", bundle.location());
        block.field("isolation", isolation(bundle.isolation()));
        if (!bundle.host().javaOptions().isEmpty()) {
            block.open("java options");
            bundle.host().javaOptions().forEach(block::item);
            block.close();
        }
        if (bundle.host().warmInstances() > 0) {
            block.field("warm instances", bundle.host().warmInstances());
        }
        if (!bundle.host().repositories().isEmpty()) {
            block.open("repositories");
            bundle.host().repositories().forEach(folder -> block.item(folder.toString()));
            block.close();
        }
        limits(block, bundle.limits());
    }

    private static void limits(Block block, Limits limits) {
        if (limits.equals(Limits.NONE)) {
            return;
        }
        block.open("limits");
        limits.memory().ifPresent(bytes -> block.pair("memory", Times.bytes(bytes)));
        limits.cpu().ifPresent(processors -> block.pair("cpu", processors));
        limits.processes().ifPresent(count -> block.pair("processes", count));
        limits.files().ifPresent(count -> block.pair("files", count));
        if (limits.advisory()) {
            block.pair("advisory", true);
        }
        block.close();
    }

    private static void path(Block block, String name, Optional<Path> path) {
        block.field(name, path);
    }

    private static void limits(Block block, String name, Map<String, Long> limits) {
        if (!limits.isEmpty()) {
            block.open(name);
            new TreeMap<>(limits).forEach(block::pair);
            block.close();
        }
    }

    private static void items(Block block, String name, List<String> items) {
        if (!items.isEmpty()) {
            block.gap().open(name);
            items.forEach(block::item);
            block.close();
        }
    }

    private static void last(Block block, JobStatus job, ZoneId zone) {
        if (job.last().isEmpty()) {
            block.field("last exit code", "(never exited)");
            return;
        }
        RunRecord last = job.last().get();
        RunEnd end = last.end();
        if (end.signal().isPresent()) {
            block.field("last terminating signal", Signals.words(end.signal().getAsInt()));
        } else if (end.code().isPresent()) {
            block.field("last exit code", exitCode(end.code().getAsInt()));
        }
        if (end.cause() != RunEnd.Cause.EXITED && end.cause() != RunEnd.Cause.SIGNALED) {
            block.field("last exit reason", end.text());
        }
        block.field("last exit time", Times.local(last.ended(), zone));
    }

    /** {@code 3}; {@code 78: EX_CONFIG} for the codes of sysexits.h. */
    static String exitCode(int code) {
        int index = code - FIRST_SYSEXIT;
        return index >= 0 && index < SYSEXITS.size() ? code + ": " + SYSEXITS.get(index) : Integer.toString(code);
    }

    private static void conditions(Block block, KeepAlive keepAlive) {
        Block conditions = new Block();
        keepAlive.successfulExit().ifPresent(wanted -> conditions.pair("SuccessfulExit", wanted));
        keepAlive.crashed().ifPresent(wanted -> conditions.pair("Crashed", wanted));
        new TreeMap<>(keepAlive.pathState()).forEach((path, wanted) -> conditions.pair("PathState " + path, wanted));
        labels("OtherJobEnabled", keepAlive.otherJobEnabled(), conditions);
        labels("OtherJobActive", keepAlive.otherJobActive(), conditions);
        if (keepAlive.afterInitialDemand()) {
            conditions.pair("AfterInitialDemand", true);
        }
        List<String> lines = conditions.text().lines().toList();
        if (!lines.isEmpty()) {
            block.open("keepalive conditions");
            lines.forEach(block::item);
            block.close();
        }
    }

    private static void labels(String key, Map<Label, Boolean> jobs, Block conditions) {
        new TreeMap<>(jobs).forEach((label, wanted) -> conditions.pair(key + " " + label, wanted));
    }

    private static String properties(Policy policy) {
        List<String> properties = new ArrayList<>();
        if (!policy.keepAlive().equals(KeepAlive.NEVER)) {
            properties.add("keepalive");
        }
        if (policy.startsAtLoad()) {
            properties.add("runatload");
        }
        if (policy.launchOnlyOnce()) {
            properties.add("launch only once");
        }
        return String.join(" | ", properties);
    }

    private static Optional<String> octal(OptionalInt mode) {
        return mode.isPresent() ? Optional.of(String.format("%03o", mode.getAsInt())) : Optional.empty();
    }

    private static String remark(Remark remark) {
        StringBuilder text = new StringBuilder();
        if (!remark.key().isEmpty()) {
            text.append(remark.key()).append(": ");
        }
        text.append(remark.message());
        if (!remark.remedy().isEmpty()) {
            text.append("; ").append(remark.remedy());
        }
        return text.toString();
    }

    /** One line: what the job was started for last. */
    public static String blame(JobStatus job) {
        return job.lastReason().map(Object::toString).orElse("(never started)")
                + (job.state() == JobState.STARTING ? " (starting)" : "");
    }
}
