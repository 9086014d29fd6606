package org.lares.supervisor.container;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;

/** A listener that can be asked in the order of the reports. */
final class Recorder implements RunListener {
    /** One report; the unused values are null. */
    record Report(RunId run, String kind, String text, RunEnd end, Usage usage) {}

    private final BlockingQueue<Report> reports = new LinkedBlockingQueue<>();
    private final BlockingQueue<RunId> ready = new LinkedBlockingQueue<>();

    @Override
    public void started(RunId run, Optional<ProcessIdentity> process) {
        reports.add(new Report(run, "started", "", null, null));
    }

    @Override
    public void ready(RunId run) {
        ready.add(run);
    }

    @Override
    public void startFailed(RunId run, String reason) {
        reports.add(new Report(run, "failed", reason, null, null));
    }

    @Override
    public void ended(RunId run, RunEnd end, Optional<Usage> usage) {
        reports.add(new Report(run, "ended", end.text(), end, usage.orElse(null)));
    }

    @Override
    public void noted(RunId run, String note) {
        reports.add(new Report(run, "noted", note, null, null));
    }

    Report next() throws InterruptedException {
        Report report = reports.poll(15, TimeUnit.SECONDS);
        if (report == null) {
            throw new AssertionError("no further report");
        }
        return report;
    }

    /** In a row of its own, since most tests are about something else. */
    RunId nextReady() throws InterruptedException {
        RunId run = ready.poll(15, TimeUnit.SECONDS);
        if (run == null) {
            throw new AssertionError("no run is ready");
        }
        return run;
    }

    /** Of those that were not asked for by {@link #nextReady}. */
    boolean neverReady() {
        return ready.isEmpty();
    }

    Report next(String kind) throws InterruptedException {
        Report report = next();
        if (!report.kind().equals(kind)) {
            throw new AssertionError("expected " + kind + " but was " + report);
        }
        return report;
    }

    boolean isEmpty() {
        return reports.isEmpty();
    }
}
