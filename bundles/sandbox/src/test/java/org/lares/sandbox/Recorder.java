package org.lares.sandbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Usage;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;

/** Hears what a runner reports and hands it out in order. */
public final class Recorder implements RunListener {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    public sealed interface Report {
        RunId run();
    }

    public record Started(RunId run, Optional<ProcessIdentity> process) implements Report {
        public ProcessIdentity identity() {
            return process.orElseThrow();
        }
    }

    public record Ready(RunId run) implements Report {}

    public record Failed(RunId run, String reason) implements Report {}

    public record Ended(RunId run, RunEnd end, Optional<Usage> usage) implements Report {}

    private final BlockingQueue<Report> reports = new LinkedBlockingQueue<>();
    private final List<String> notes = new ArrayList<>();

    @Override
    public void started(RunId run, Optional<ProcessIdentity> process) {
        reports.add(new Started(run, process));
    }

    @Override
    public void ready(RunId run) {
        reports.add(new Ready(run));
    }

    @Override
    public void startFailed(RunId run, String reason) {
        reports.add(new Failed(run, reason));
    }

    @Override
    public void ended(RunId run, RunEnd end, Optional<Usage> usage) {
        reports.add(new Ended(run, end, usage));
    }

    @Override
    public synchronized void noted(RunId run, String note) {
        notes.add(note);
        notifyAll();
    }

    /** Waits until it is noted. */
    public synchronized void awaitNote(String note) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!notes.contains(note)) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("expected " + note + ", got " + notes);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }

    public synchronized List<String> notes() {
        return List.copyOf(notes);
    }

    public boolean silent() {
        return reports.isEmpty();
    }

    public <T extends Report> T next(Class<T> kind) {
        Report report;
        try {
            report = reports.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        if (!kind.isInstance(report)) {
            throw new AssertionError("expected " + kind.getSimpleName() + ", got " + report);
        }
        return kind.cast(report);
    }

    public Started started() {
        return next(Started.class);
    }

    public Failed failed() {
        return next(Failed.class);
    }

    public Ended ended() {
        return next(Ended.class);
    }
}
