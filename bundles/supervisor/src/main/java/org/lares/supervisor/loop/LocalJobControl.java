package org.lares.supervisor.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lares.job.Caller;
import org.lares.job.Domain;
import org.lares.job.Explanation;
import org.lares.job.JobControl;
import org.lares.job.JobException;
import org.lares.job.JobSpec;
import org.lares.job.JobStatus;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.RunRecord;
import org.lares.job.Verification;
import org.lares.job.Work;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.core.Event;
import org.lares.supervisor.core.RequestId;
import org.lares.supervisor.definition.Definitions;
import org.lares.supervisor.runner.Runner;
import org.lares.supervisor.store.Logs;
import org.lares.supervisor.store.NamedLists;
import org.lares.supervisor.store.Store;

/** {@link JobControl} of the domain that this JVM serves. */
public final class LocalJobControl implements JobControl {
    private final DomainLoop loop;
    private final Store store;
    private final Logs logs;
    private final Definitions definitions;
    private final Supplier<List<Verification>> rejected;
    private final Explainer explainer;
    private final NamedLists named;
    private final Function<Work, Optional<Runner>> runners;
    private final Supplier<Consumer<JobSpec>> loads;

    /**
     * @param rejected definitions that were found at start-up or in a bundle, and refused
     * @param named remembers what is bootstrapped
     * @param runners who runs a kind of work at present
     * @param loads asked before definitions are read; what it gives is then told what was loaded of them
     */
    public LocalJobControl(
            DomainLoop loop,
            Store store,
            Logs logs,
            Definitions definitions,
            Supplier<List<Verification>> rejected,
            Explainer explainer,
            NamedLists named,
            Function<Work, Optional<Runner>> runners,
            Supplier<Consumer<JobSpec>> loads) {
        this.loop = loop;
        this.store = store;
        this.logs = logs;
        this.definitions = definitions;
        this.rejected = rejected;
        this.explainer = explainer;
        this.named = named;
        this.runners = runners;
        this.loads = loads;
    }

    @Override
    public Domain domain() {
        return loop.domain();
    }

    @Override
    public List<JobStatus> list() {
        return loop.statuses();
    }

    @Override
    public Optional<JobStatus> find(Label label) {
        return loop.status(label);
    }

    @Override
    public List<Verification> rejected() {
        return rejected.get();
    }

    @Override
    public Optional<String> degraded() {
        return loop.degraded();
    }

    @Override
    public List<RunRecord> history(Label label) {
        return store.history(label);
    }

    @Override
    public List<JournalEntry> journal(Optional<Label> label, int most) {
        return store.journal(label, most);
    }

    @Override
    public Explanation explain(Label label) throws JobException {
        return explainer.explain(domain(), label, loop.status(label), rejected.get(), loop.degraded());
    }

    @Override
    public List<Path> logs(Label label) {
        try {
            return logs.of(label);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the logs of " + label, e);
        }
    }

    @Override
    public List<Verification> verify(Path path) throws JobException {
        return read("verify", path).stream().map(this::withRunner).toList();
    }

    private List<Verification> read(String verb, Path path) throws JobException {
        if (!Files.exists(path)) {
            throw new JobException(
                    JobException.Code.USAGE,
                    "cannot " + verb + " " + path + ": there is no such file; name a property list");
        }
        return Files.isDirectory(path) ? definitions.readFolder(path) : List.of(definitions.read(path));
    }

    /** With what the runner that would run it has to say. */
    private Verification withRunner(Verification read) {
        List<Remark> more = read.spec()
                .flatMap(spec -> runners.apply(spec.work()).map(runner -> runner.verify(spec)))
                .orElse(List.of());
        if (more.isEmpty()) {
            return read;
        }
        List<Remark> all = new ArrayList<>(read.remarks());
        all.addAll(more);
        boolean refused = more.stream().anyMatch(remark -> remark.severity() == Remark.Severity.ERROR);
        return new Verification(read.where(), refused ? Optional.empty() : read.spec(), all);
    }

    @Override
    public CompletionStage<List<Label>> bootstrap(Path path, Caller caller) {
        if (Definitions.isJar(path)) {
            return CompletableFuture.failedFuture(new JobException(
                    JobException.Code.USAGE,
                    "cannot bootstrap " + path + ": it is a bundle; install it (bundle:install -s), or name it in a"
                            + " property list (Bundle) to run it in a process of its own"));
        }
        Consumer<JobSpec> loading = loads.get();
        List<Verification> found;
        try {
            found = read("bootstrap", path);
        } catch (JobException e) {
            return CompletableFuture.failedFuture(e);
        }
        List<String> errors = new ArrayList<>();
        List<JobSpec> specs = new ArrayList<>();
        for (Verification verification : found) {
            verification.spec().ifPresentOrElse(specs::add, () -> verification.remarks().stream()
                    .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                    .forEach(remark -> errors.add(remark.toString())));
        }
        if (!errors.isEmpty()) {
            return CompletableFuture.failedFuture(new JobException(
                    JobException.Code.FAILED,
                    "cannot bootstrap " + path + ": " + errors.size()
                            + (errors.size() == 1 ? " error" : " errors")
                            + "; mend and bootstrap again, nothing was loaded\n"
                            + String.join("\n", errors)));
        }
        if (specs.isEmpty()) {
            return CompletableFuture.failedFuture(new JobException(
                    JobException.Code.FAILED,
                    "cannot bootstrap " + path + ": there is no *.plist in it; name a property list"));
        }
        List<Label> labels = specs.stream().map(JobSpec::label).toList();
        Set<Label> added;
        try {
            // Before a program of theirs runs: it may outlive this container at once.
            added = named.add(paths(specs));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(new JobException(
                    JobException.Code.FAILED,
                    "cannot bootstrap " + path + ": it cannot be written down (" + e + "); make room on the disk",
                    e));
        }
        return loop.request(id -> new DomainEvent.Bootstrap(specs, Map.of(), Optional.of(id)))
                .whenComplete((unused, refused) -> {
                    if (refused != null) {
                        forget("bootstrap", added);
                    }
                })
                .thenApply(unused -> {
                    specs.forEach(loading);
                    return labels;
                });
    }

    private static Map<Label, Path> paths(List<JobSpec> specs) {
        Map<Label, Path> paths = new HashMap<>();
        for (JobSpec spec : specs) {
            if (spec.origin() instanceof Origin.FileOrigin file) {
                paths.put(spec.label(), file.path());
            }
        }
        return paths;
    }

    private void forget(String verb, Set<Label> labels) {
        try {
            named.remove(labels);
        } catch (IOException e) {
            throw new CompletionException(new JobException(
                    JobException.Code.FAILED,
                    "cannot " + verb + " " + labels + " for good: it cannot be written down (" + e
                            + "), and a container that is killed would load it again; make room on the disk",
                    e));
        }
    }

    @Override
    public CompletionStage<Void> bootout(Label label, Caller caller) {
        return forJob(label, id -> new Event.Bootout(Optional.of(id), "bootout by " + caller))
                .thenRun(() -> forget("bootout", Set.of(label)));
    }

    @Override
    public CompletionStage<Void> enable(Label label, Caller caller) {
        return loop.request(id -> new DomainEvent.SetEnabled(label, true, id, caller))
                .thenAccept(unused -> {});
    }

    @Override
    public CompletionStage<Void> disable(Label label, Caller caller) {
        return loop.request(id -> new DomainEvent.SetEnabled(label, false, id, caller))
                .thenAccept(unused -> {});
    }

    @Override
    public CompletionStage<JobStatus.LiveRun> kickstart(Label label, boolean kill, Caller caller) {
        return loop.request(id -> new DomainEvent.ForJob(label, new Event.Kickstart(kill, id, caller)))
                .thenApply(run -> run.orElseThrow(
                        () -> new IllegalStateException("a kickstart was answered without a run; please report this")));
    }

    @Override
    public CompletionStage<Void> kill(Label label, int signal, Caller caller) {
        return forJob(label, id -> new Event.SignalAsked(signal, id, caller));
    }

    private CompletionStage<Void> forJob(Label label, Function<RequestId, Event> event) {
        return loop.request(id -> new DomainEvent.ForJob(label, event.apply(id)))
                .thenAccept(unused -> {});
    }
}
