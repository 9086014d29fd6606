package org.lares.shell;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.lares.job.BackOff;
import org.lares.job.Caller;
import org.lares.job.Domain;
import org.lares.job.Explanation;
import org.lares.job.GiveUp;
import org.lares.job.HostOptions;
import org.lares.job.Isolation;
import org.lares.job.JobControl;
import org.lares.job.JobException;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.JournalEntry;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Usage;
import org.lares.job.Verification;
import org.lares.job.Wanted;
import org.lares.job.Work;

/** Jobs that stand still; requests are written down and answered at once. */
public final class FakeJobControl implements JobControl {
    public static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    public final List<String> requests = new CopyOnWriteArrayList<>();
    public final Map<Label, JobStatus> jobs = new TreeMap<>();
    public final Map<Label, List<RunRecord>> histories = new HashMap<>();
    public volatile List<Path> logs = List.of();
    public List<Verification> verifications = new ArrayList<>();
    /** Why jobs are not there. */
    public final Map<Label, Explanation> absent = new HashMap<>();
    /** What requests fail with, if anything. */
    public Optional<Throwable> refusal = Optional.empty();
    /** Requests that are never answered. */
    public boolean silent;

    /** Four jobs: a program that runs, one that crashed, a bundle that gave up, one that never ran. */
    public static FakeJobControl household() {
        FakeJobControl control = new FakeJobControl();
        control.add(clock());
        control.add(crasher());
        control.add(bundle());
        control.add(idle());
        return control;
    }

    public void add(JobStatus job) {
        jobs.put(job.label(), job);
        job.last().ifPresent(last -> histories.put(job.label(), List.of(last)));
    }

    public static JobStatus clock() {
        Work.ProgramWork work = new Work.ProgramWork(
                "/usr/bin/clock",
                List.of("clock", "--tick", "1"),
                Map.of("TZ", "UTC", "API_KEY", "hunter2"),
                Optional.of(Path.of("/var/clock")),
                OptionalInt.of(022),
                OptionalInt.of(5),
                Map.of("NumberOfFiles", 256L),
                Map.of("NumberOfFiles", 512L, "Core", 0L),
                Optional.of("nobody"),
                Optional.of("nogroup"),
                true,
                Optional.of(Path.of("/dev/null")),
                Optional.of(Path.of("/var/log/clock.out")),
                Optional.of(Path.of("/var/log/clock.err")),
                false,
                org.lares.job.Limits.NONE);
        Policy policy = Policy.builder()
                .runAtLoad(true)
                .keepAlive(KeepAlive.ALWAYS)
                .startInterval(Duration.ofMinutes(5))
                .build();
        StartReason reason = new StartReason(StartReason.Kind.SPECULATIVE, "KeepAlive");
        return new JobStatus(
                Domain.SYSTEM,
                new JobSpec(
                        Label.of("com.acme.clock"),
                        JobKind.DAEMON,
                        new Origin.FileOrigin(Path.of("/etc/launchd/daemons/com.acme.clock.plist")),
                        work,
                        policy,
                        "Ticks",
                        List.of(new Remark(
                                Remark.Severity.NOTE,
                                "/etc/launchd/daemons/com.acme.clock.plist",
                                7,
                                "LegacyTimers",
                                "not honoured on Linux",
                                ""))),
                JobState.RUNNING,
                Wanted.UP,
                false,
                false,
                Optional.of(new JobStatus.LiveRun(RunId.of(12), OptionalLong.of(4711), NOON, reason, Optional.empty())),
                Optional.of(reason),
                3,
                0,
                Optional.of(NOON.plusSeconds(300)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new RunRecord(
                        RunId.of(11),
                        new StartReason(StartReason.Kind.DEMAND, "uid 0"),
                        NOON.minusSeconds(60),
                        NOON.minusSeconds(1),
                        RunEnd.signaled(9),
                        Optional.of("kickstart -k by uid 0"),
                        Optional.of(new Usage(Duration.ofMillis(1500), 10L << 20)),
                        OptionalLong.of(4700))),
                Optional.empty(),
                0,
                List.of(),
                List.of());
    }

    public static JobStatus crasher() {
        Policy policy = Policy.builder()
                .keepAlive(new KeepAlive(
                        false,
                        Optional.of(false),
                        Optional.of(true),
                        Map.of("/run/ready", true),
                        Map.of(Label.of("com.acme.clock"), true),
                        Map.of(Label.of("com.acme.clock"), false),
                        true))
                .throttle(Duration.ofMillis(2500))
                .exitTimeOut(Duration.ZERO)
                .launchOnlyOnce(true)
                .backOff(BackOff.DEFAULT)
                .giveUp(new GiveUp(5, Duration.ofMinutes(1)))
                .build();
        return new JobStatus(
                Domain.SYSTEM,
                new JobSpec(
                        Label.of("com.acme.crasher"),
                        JobKind.DAEMON,
                        new Origin.FileOrigin(Path.of("/etc/launchd/daemons/com.acme.crasher.plist")),
                        Work.ProgramWork.of("/usr/bin/crasher"),
                        policy,
                        "",
                        List.of()),
                JobState.SCHEDULED,
                Wanted.UP,
                false,
                true,
                Optional.empty(),
                Optional.of(new StartReason(StartReason.Kind.INTERVAL, "StartInterval")),
                7,
                4,
                Optional.of(NOON.plusSeconds(9)),
                Optional.of(new StartReason(StartReason.Kind.DEMAND, "uid 0 (pid 99)")),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new RunRecord(
                        RunId.of(9),
                        new StartReason(StartReason.Kind.INTERVAL, ""),
                        NOON.minusSeconds(10),
                        NOON.minusMillis(9500),
                        RunEnd.exited(78),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.of(4600))),
                Optional.empty(),
                0,
                List.of(),
                List.of());
    }

    public static JobStatus bundle() {
        return new JobStatus(
                Domain.SYSTEM,
                new JobSpec(
                        Label.of("org.lares.example.bundle"),
                        JobKind.DAEMON,
                        new Origin.BundleOrigin(42, "org.lares.example", "0.1.0"),
                        new Work.BundleWork(
                                OptionalLong.of(42),
                                "org.lares.example",
                                Optional.empty(),
                                Isolation.CONTAINER,
                                new HostOptions(List.of("-Xmx64m"), 1, List.of(Path.of("/srv/bundles"))),
                                new Limits(
                                        OptionalLong.of(128 << 20),
                                        OptionalDouble.of(0.5),
                                        OptionalInt.of(100),
                                        OptionalInt.of(256),
                                        true)),
                        Policy.builder()
                                .watchdog(Duration.ofSeconds(30))
                                .quarantineOnFailure(2)
                                .build(),
                        "",
                        List.of(),
                        Map.of(
                                "Isolation",
                                "org.lares.job~org.lares.example.bundle",
                                "Limits.Memory",
                                "org.lares.job~org.lares.example.bundle")),
                JobState.FAILED,
                Wanted.DOWN,
                true,
                true,
                Optional.empty(),
                Optional.of(new StartReason(StartReason.Kind.IPC, "")),
                5,
                5,
                Optional.empty(),
                Optional.empty(),
                Optional.of("bundle is not active"),
                Optional.of("5 failures within 1 min"),
                Optional.of(new RunRecord(
                        RunId.of(8),
                        new StartReason(StartReason.Kind.IPC, ""),
                        NOON.minusSeconds(7200),
                        NOON.minusSeconds(100),
                        RunEnd.of(
                                RunEnd.Cause.THREW,
                                "java.lang.IllegalStateException: out of ticks\n\tat com.acme.Clock.run(Clock.java:7)"),
                        Optional.empty(),
                        Optional.of(new Usage(Duration.ofSeconds(3), -1)),
                        OptionalLong.empty())),
                Optional.of(
                        "2 runs harmed the container's JVM, the last one, run 5: watchdog: no sign of life for 30 s"),
                1,
                List.of("plain framework since its jar has native code"),
                List.of("thread \"ticker\" was left behind"));
    }

    public static JobStatus idle() {
        return new JobStatus(
                Domain.SYSTEM,
                new JobSpec(
                        Label.of("zeta"),
                        JobKind.DAEMON,
                        new Origin.FileOrigin(Path.of("/etc/launchd/daemons/zeta.plist")),
                        Work.ProgramWork.of("/bin/true"),
                        Policy.ON_DEMAND,
                        "",
                        List.of()),
                JobState.IDLE,
                Wanted.DOWN,
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                List.of(),
                List.of());
    }

    private <T> CompletionStage<T> answer(String request, T value) {
        requests.add(request);
        if (silent) {
            return new CompletableFuture<>();
        }
        return refusal.<CompletionStage<T>>map(CompletableFuture::failedStage)
                .orElseGet(() -> CompletableFuture.completedStage(value));
    }

    @Override
    public List<Verification> rejected() {
        return List.of(new Verification(
                "/etc/launchd/bad.plist",
                Optional.empty(),
                List.of(new Remark(
                        Remark.Severity.ERROR,
                        "/etc/launchd/bad.plist",
                        7,
                        "Nice",
                        "is no number",
                        "give an integer"))));
    }

    @Override
    public Optional<String> degraded() {
        return Optional.of("No space left on device");
    }

    @Override
    public Domain domain() {
        return Domain.SYSTEM;
    }

    @Override
    public List<JobStatus> list() {
        List<JobStatus> list = new ArrayList<>(jobs.values());
        java.util.Collections.reverse(list);
        return list;
    }

    @Override
    public Optional<JobStatus> find(Label label) {
        return Optional.ofNullable(jobs.get(label));
    }

    @Override
    public List<RunRecord> history(Label label) {
        return histories.getOrDefault(label, List.of());
    }

    @Override
    public List<JournalEntry> journal(Optional<Label> label, int most) {
        return List.of();
    }

    @Override
    public Explanation explain(Label label) throws JobException {
        if (absent.containsKey(label)) {
            return absent.get(label);
        }
        if (!jobs.containsKey(label)) {
            throw new JobException(JobException.Code.NO_SUCH_JOB, "cannot explain " + label + ": no such job");
        }
        return new Explanation(
                Domain.SYSTEM.target(label),
                List.of("it does not run", "its bundle is not active", "package com.acme is missing\u001b[2J"),
                "install com.acme");
    }

    @Override
    public List<Path> logs(Label label) {
        return logs;
    }

    @Override
    public List<Verification> verify(Path path) throws JobException {
        requests.add("verify " + path);
        if (verifications.isEmpty()) {
            throw new JobException(
                    JobException.Code.FAILED, "cannot verify " + path + ": no such file; check the path");
        }
        return verifications;
    }

    @Override
    public CompletionStage<List<Label>> bootstrap(Path path, Caller caller) {
        return answer("bootstrap " + path + " " + caller, List.of(Label.of("com.acme.new")));
    }

    @Override
    public CompletionStage<Void> bootout(Label label, Caller caller) {
        return answer("bootout " + label + " " + caller, null);
    }

    @Override
    public CompletionStage<Void> enable(Label label, Caller caller) {
        return answer("enable " + label + " " + caller, null);
    }

    @Override
    public CompletionStage<Void> disable(Label label, Caller caller) {
        return answer("disable " + label + " " + caller, null);
    }

    @Override
    public CompletionStage<Void> release(Label label, Caller caller) {
        return answer("release " + label + " " + caller, null);
    }

    @Override
    public CompletionStage<JobStatus.LiveRun> kickstart(Label label, boolean kill, Caller caller) {
        return answer(
                "kickstart " + (kill ? "-k " : "") + label + " " + caller,
                new JobStatus.LiveRun(
                        RunId.of(13),
                        OptionalLong.of(4712),
                        NOON,
                        new StartReason(StartReason.Kind.DEMAND, caller.toString()),
                        Optional.empty()));
    }

    @Override
    public CompletionStage<Void> kill(Label label, int signal, Caller caller) {
        return answer("kill " + signal + " " + label + " " + caller, null);
    }
}
