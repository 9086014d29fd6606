package org.lares.supervisor.loop;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.lares.job.Domain;
import org.lares.job.Explanation;
import org.lares.job.JobException;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.Verification;
import org.lares.job.Work;
import org.lares.supervisor.definition.Overlay;
import org.lares.supervisor.runner.Runner;

/**
 * Walks from a job to the leaf reason why it does or does not run. Reads only; may be used from any thread.
 */
public final class Explainer {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private final Function<Work, Optional<Runner>> runners;
    private final Function<Label, String> logOf;

    /** @param logOf where the output of the label's last run is, for people */
    public Explainer(Function<Work, Optional<Runner>> runners, Function<Label, String> logOf) {
        this.runners = runners;
        this.logOf = logOf;
    }

    Explanation explain(
            Domain domain,
            Label label,
            Optional<JobStatus> status,
            List<Verification> rejected,
            Optional<String> degraded)
            throws JobException {
        String target = domain.target(label);
        Explanation found = status.isPresent() ? loaded(target, status.get()) : absent(target, label, rejected);
        if (degraded.isEmpty()) {
            return found;
        }
        List<String> chain = new ArrayList<>(found.chain());
        chain.add("nothing can be written to the store: " + degraded.get());
        return new Explanation(target, chain, "make room on the disk; then ask again");
    }

    private static Explanation absent(String target, Label label, List<Verification> rejected) throws JobException {
        for (Verification verification : rejected) {
            boolean meant = verification.remarks().stream()
                            .anyMatch(remark -> remark.message().contains(label.value()))
                    || verification.where().contains(label.value());
            if (meant) {
                List<String> chain = new ArrayList<>();
                chain.add("it is not loaded");
                chain.add("its definition in " + verification.where() + " was refused");
                verification.remarks().stream()
                        .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                        .forEach(remark -> chain.add(remark.toString()));
                return new Explanation(target, chain, remedy(verification));
            }
        }
        throw new JobException(
                JobException.Code.NO_SUCH_JOB,
                "cannot explain " + label + ": no such job is loaded; see lares list, or load it with lares bootstrap");
    }

    private static String remedy(Verification refused) {
        Optional<String> overlay = refused.remarks().stream()
                .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                .map(Remark::where)
                .filter(where -> where.startsWith(Overlay.PID_PREFIX))
                .findFirst();
        if (overlay.isPresent()) {
            return "mend the configuration " + overlay.get() + "; the job is then loaded by itself";
        }
        return refused.where().startsWith("/")
                ? "mend the definition, then: lares bootstrap system " + refused.where()
                : "mend it, then update or restart that bundle";
    }

    private Explanation loaded(String target, JobStatus status) {
        List<String> chain = new ArrayList<>();
        if (status.state().live()) {
            return live(target, status, chain);
        }
        chain.add("it is " + status.state().text());
        addQuarantine(target, status, chain);
        if (status.disabled()) {
            chain.add(
                    status.overridden()
                            ? "it is disabled by an administrator (override database)"
                            : "its definition says Disabled, and nobody has enabled it");
            return new Explanation(target, chain, "lares enable " + target);
        }
        if (status.state() == JobState.FAILED) {
            chain.add("given up: " + firstLine(status.gaveUp().orElse("no reason was kept")));
            addLastEnd(status, chain);
            return new Explanation(
                    target,
                    chain,
                    "mend the cause (its log: " + logOf.apply(status.label()) + "), then: lares kickstart " + target);
        }
        List<String> diagnosis = diagnose(status);
        if (status.obstacle().isPresent() || !diagnosis.isEmpty()) {
            status.obstacle().ifPresent(chain::add);
            diagnosis.stream().filter(step -> !chain.contains(step)).forEach(chain::add);
            return new Explanation(
                    target,
                    chain,
                    "mend that; the job then starts "
                            + (status.spec().policy().startsAtLoad() ? "by itself" : "when it is asked for"));
        }
        if (status.state() == JobState.SCHEDULED) {
            chain.add("its next start is held back until "
                    + status.nextStart().map(Explainer::clock).orElse("it is due")
                    + " (ThrottleInterval "
                    + status.spec().policy().throttle().toSeconds()
                    + " s"
                    + status.spec()
                            .policy()
                            .backOff()
                            .map(unused -> ", BackOff")
                            .orElse("")
                    + ")");
            addLastEnd(status, chain);
            return new Explanation(
                    target,
                    chain,
                    "wait until " + status.nextStart().map(Explainer::clock).orElse("then")
                            + ", or now: lares kickstart " + target);
        }
        chain.add(waitsFor(status));
        addLastEnd(status, chain);
        return new Explanation(
                target,
                chain,
                (failedLast(status) ? "see what it wrote: lares log " + target : "nothing is wrong")
                        + "; to run it now: lares kickstart " + target);
    }

    private static boolean failedLast(JobStatus status) {
        return status.last()
                .filter(last -> last.stop().isEmpty() && !last.end().successful())
                .isPresent();
    }

    private Explanation live(String target, JobStatus status, List<String> chain) {
        JobStatus.LiveRun run = status.run().orElse(null);
        chain.add("it is " + status.state().text()
                + (run == null ? "" : " (run " + run.id() + " since " + clock(run.since()) + ")"));
        status.lastReason().ifPresent(reason -> chain.add("its start was " + reason));
        addQuarantine(target, status, chain);
        if (status.state() == JobState.STOPPING || status.state() == JobState.KILLING) {
            chain.add("it was asked to end and has not ended yet; ExitTimeOut is "
                    + status.spec().policy().exitTimeOut().toSeconds() + " s");
            return new Explanation(target, chain, "wait, or end it by force: lares kill KILL " + target);
        }
        List<String> diagnosis = diagnose(status);
        chain.addAll(diagnosis);
        status.notes().forEach(note -> chain.add(firstLine(note)));
        return new Explanation(
                target,
                chain,
                diagnosis.isEmpty() ? "nothing is wrong" : "provide what is missing; the job goes on then");
    }

    private List<String> diagnose(JobStatus status) {
        Optional<RunId> live = status.run().map(JobStatus.LiveRun::id);
        JobSpec spec = status.effective();
        return runners.apply(spec.work())
                .map(runner -> runner.diagnose(spec, live))
                .orElse(List.of(
                        "nobody here runs this kind of work; see whether the bundle org.lares.sandbox is active"));
    }

    private static void addQuarantine(String target, JobStatus status, List<String> chain) {
        status.quarantine()
                .ifPresent(reason -> chain.add("it is run in a process of its own, not in the container as defined: "
                        + firstLine(reason) + "; lares release " + target + " lets it back"));
    }

    private void addLastEnd(JobStatus status, List<String> chain) {
        if (status.last().isEmpty()) {
            return;
        }
        RunRecord last = status.last().get();
        chain.add("its last run (" + last.run() + ") " + last.end().text() + " at " + clock(last.ended())
                + last.stop().map(stop -> ", asked by " + stop).orElse(""));
    }

    private static String waitsFor(JobStatus status) {
        Policy policy = status.spec().policy();
        List<String> demands = new ArrayList<>();
        status.nextStart().ifPresent(next -> demands.add("its StartInterval at " + clock(next)));
        if (!policy.keepAlive().pathState().isEmpty()) {
            demands.add("KeepAlive.PathState " + policy.keepAlive().pathState());
        }
        if (!policy.keepAlive().otherJobEnabled().isEmpty()) {
            demands.add("KeepAlive.OtherJobEnabled " + policy.keepAlive().otherJobEnabled());
        }
        if (!policy.keepAlive().otherJobActive().isEmpty()) {
            demands.add("KeepAlive.OtherJobActive " + policy.keepAlive().otherJobActive());
        }
        if (policy.launchOnlyOnce() && status.runs() > 0) {
            return "LaunchOnlyOnce: it has had its start since the machine was booted";
        }
        String always = demands.isEmpty() ? "a demand (kickstart)" : String.join(" or ", demands) + ", or a kickstart";
        return "it waits for " + always;
    }

    /** The rest, often a stack, stands in the history. */
    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String clock(Instant instant) {
        return CLOCK.format(instant);
    }
}
