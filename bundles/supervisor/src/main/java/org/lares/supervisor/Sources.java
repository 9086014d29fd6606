package org.lares.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.lares.job.Isolation;
import org.lares.job.JobSpec;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.job.Work;
import org.lares.job.annotations.JobComponent;
import org.lares.supervisor.container.BundleJobs;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.core.Event;
import org.lares.supervisor.definition.Definitions;
import org.lares.supervisor.loop.DomainLoop;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where definitions come from by themselves: the folder of property lists, read once at start-up, and the bundles. Turns
 * them into events of the loop and remembers what was refused. Thread-safe.
 */
final class Sources implements BundleJobs.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    private final BundleContext context;
    private final DomainLoop loop;
    private final Definitions definitions;
    private final Overlays overlays;
    private final Runnable onFrameworkStop;
    private final Map<Long, Label> labelOfBundle = new HashMap<>();
    /** Bundles whose jobs run in a process of their own. */
    private final Set<Long> isolated = new HashSet<>();
    /** Definitions of bundles that are loaded once it is known whether their bundle may be started. */
    private final Map<Long, Found> appeared = new HashMap<>();

    private final Refusals refusals = new Refusals();

    /**
     * Held from reading a definition anew to posting it, so that the last posted is the last read. Never taken by the
     * loop's thread, which the one that posts may wait for.
     */
    private final Object redefining = new Object();

    /** A definition, and whom to tell when it is loaded. */
    private record Found(Verification verification, Consumer<JobSpec> loads) {}

    /** @param onFrameworkStop called before the framework stops the first bundle */
    Sources(
            BundleContext context,
            DomainLoop loop,
            Definitions definitions,
            Overlays overlays,
            Runnable onFrameworkStop) {
        this.onFrameworkStop = onFrameworkStop;
        this.context = context;
        this.loop = loop;
        this.definitions = definitions;
        this.overlays = overlays;
    }

    List<Verification> rejected() {
        return refusals.all();
    }

    /** Loads each property list of a folder by itself: one that is refused keeps no other from running. */
    CompletionStage<Void> load(Path folder) {
        if (!Files.isDirectory(folder)) {
            LOG.info("there is no {}: no property lists are loaded at start-up", folder);
            return CompletableFuture.completedFuture(null);
        }
        List<CompletableFuture<Void>> loading = new ArrayList<>();
        Consumer<JobSpec> loads = overlays.loads();
        for (Verification verification : definitions.readFolder(folder)) {
            loading.add(load(new Found(verification, loads), Optional.empty()));
        }
        return CompletableFuture.allOf(loading.toArray(CompletableFuture<?>[]::new));
    }

    /** Loads again what was bootstrapped before the container was killed; what is loaded from elsewhere stays. */
    CompletionStage<Void> restore(Map<Label, Path> named) {
        List<CompletableFuture<Void>> loading = new ArrayList<>();
        Consumer<JobSpec> loads = overlays.loads();
        named.forEach((label, path) -> {
            if (loop.status(label).isEmpty()) {
                Verification found = definitions.read(path);
                boolean other =
                        found.spec().filter(spec -> !spec.label().equals(label)).isPresent();
                Verification taken = other ? Refusals.refused(found, "it was bootstrapped as " + label) : found;
                loading.add(load(new Found(taken, loads), Optional.empty()));
            }
        });
        return CompletableFuture.allOf(loading.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public void appeared(Bundle bundle, Map<String, Object> attributes) {
        Consumer<JobSpec> loads = overlays.loads();
        Verification verification = read(bundle, attributes);
        synchronized (this) {
            appeared.put(bundle.getBundleId(), new Found(verification, loads));
            isolated(bundle.getBundleId(), verification);
        }
    }

    @Override
    public void changed(Bundle bundle, Map<String, Object> attributes) {
        Optional<Label> before = labelOf(bundle);
        Consumer<JobSpec> loads = overlays.loads();
        Verification verification;
        synchronized (redefining) {
            verification = read(bundle, attributes);
            if (before.isPresent() && before.equals(verification.spec().map(JobSpec::label))) {
                refusals.forget(verification.where());
                synchronized (this) {
                    isolated(bundle.getBundleId(), verification);
                }
                loop.post(new DomainEvent.Redefine(verification.spec().get()));
                return;
            }
        }
        gone(bundle);
        synchronized (this) {
            appeared.put(bundle.getBundleId(), new Found(verification, loads));
            isolated(bundle.getBundleId(), verification);
        }
    }

    @Override
    public synchronized boolean runsHere(Bundle bundle) {
        return !isolated.contains(bundle.getBundleId());
    }

    private void isolated(long bundleId, Verification verification) {
        boolean here = verification
                .spec()
                .filter(spec -> spec.work() instanceof Work.BundleWork work && work.isolation() == Isolation.CONTAINER)
                .isPresent();
        if (verification.spec().isPresent() && !here) {
            isolated.add(bundleId);
        } else {
            isolated.remove(bundleId);
        }
    }

    /**
     * What the administrator says about a label has changed: reads its definition again, with that. If it is refused for
     * it, a job that is loaded stays as it was.
     *
     * @return the bundle of which the obstacle is to be told anew
     */
    Optional<Long> overlaid(Label label, Optional<JobSpec> known) {
        Optional<JobSpec> loaded = known.or(() -> loop.successor(label))
                .or(() -> loop.status(label).map(JobStatus::spec));
        return loaded.isPresent() ? redefine(loaded.get()) : retry(label);
    }

    private Optional<Long> redefine(JobSpec loaded) {
        String pid = Overlays.pid(loaded.label());
        Optional<Long> bundle = Optional.empty();
        synchronized (redefining) {
            Optional<Verification> again = again(loaded.origin());
            if (again.isEmpty()) {
                return Optional.empty();
            }
            Optional<JobSpec> spec =
                    again.get().spec().filter(read -> read.label().equals(loaded.label()));
            if (spec.isEmpty()) {
                refusals.add(new Verification(pid, Optional.empty(), again.get().remarks()));
                LOG.error("{} is not taken: the job {} stays as it was", pid, loaded.label());
                return Optional.empty();
            }
            refusals.forget(pid);
            if (loaded.origin() instanceof Origin.BundleOrigin of) {
                bundle = Optional.of(of.bundleId());
                synchronized (this) {
                    isolated(of.bundleId(), again.get());
                }
            }
            if (!spec.get().equals(loaded)) {
                LOG.info("{} is defined anew, with {}", loaded.label(), pid);
                loop.post(new DomainEvent.Redefine(spec.get()));
            }
        }
        return bundle;
    }

    /** Empty if it is gone. */
    private Optional<Verification> again(Origin origin) {
        if (origin instanceof Origin.FileOrigin file) {
            return Optional.of(definitions.read(file.path()));
        }
        return Optional.ofNullable(context.getBundle(((Origin.BundleOrigin) origin).bundleId()))
                .flatMap(bundle -> BundleJobs.attributes(bundle).map(attributes -> read(bundle, attributes)));
    }

    /** What was refused for its overlay before it was ever loaded gets another try. */
    private Optional<Long> retry(Label label) {
        String pid = Overlays.pid(label);
        refusals.forget(pid);
        for (Verification verification : refusals.dueTo(pid)) {
            if (verification.where().startsWith("/")) {
                Consumer<JobSpec> loads = overlays.loads();
                load(new Found(definitions.read(Path.of(verification.where())), loads), Optional.empty());
                continue;
            }
            for (Bundle bundle : context.getBundles()) {
                Optional<Map<String, Object>> attributes = BundleJobs.attributes(bundle);
                if (attributes.isPresent() && where(bundle).equals(verification.where())) {
                    appeared(bundle, attributes.get());
                    return Optional.of(bundle.getBundleId());
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void gone(Bundle bundle) {
        Label label;
        synchronized (this) {
            label = labelOfBundle.remove(bundle.getBundleId());
            appeared.remove(bundle.getBundleId());
            isolated.remove(bundle.getBundleId());
        }
        refusals.forget(where(bundle));
        if (label != null && isOf(label, bundle)) {
            loop.post(new DomainEvent.ForJob(
                    label,
                    new Event.Bootout(
                            Optional.empty(), "its bundle " + bundle.getSymbolicName() + " was uninstalled")));
        }
    }

    @Override
    public void obstacle(Bundle bundle, Optional<String> obstacle) {
        Found first;
        synchronized (this) {
            first = appeared.remove(bundle.getBundleId());
        }
        if (first != null) {
            first.verification().spec().ifPresent(spec -> remember(bundle, spec.label()));
            load(first, obstacle);
            return;
        }
        labelOf(bundle)
                .filter(label -> isOf(label, bundle))
                .ifPresent(label -> loop.post(new DomainEvent.ForJob(label, new Event.ObstacleChanged(obstacle))));
    }

    @Override
    public void taken(Bundle bundle) {
        labelOf(bundle)
                .filter(label -> isOf(label, bundle))
                .ifPresent(label -> loop.post(new DomainEvent.ForJob(label, new Event.BundleTaken())));
    }

    @Override
    public void frameworkStopping() {
        onFrameworkStop.run();
    }

    /** A second bundle with the label of a first was refused; it has no say over the job of the first. */
    private boolean isOf(Label label, Bundle bundle) {
        return loop.status(label)
                .map(status -> status.spec().origin())
                .map(origin -> origin instanceof Origin.BundleOrigin of && of.bundleId() == bundle.getBundleId())
                .orElse(true);
    }

    private Verification read(Bundle bundle, Map<String, Object> attributes) {
        int capabilities = bundle.adapt(BundleRevision.class)
                .getDeclaredCapabilities(JobComponent.NAMESPACE)
                .size();
        if (capabilities > 1) {
            String reason = "it carries " + capabilities + " definitions, and a bundle is one job";
            Remark remark = new Remark(
                    Remark.Severity.ERROR, where(bundle), 0, "", reason, "make a bundle of each, or keep one");
            return new Verification(where(bundle), Optional.empty(), List.of(remark));
        }
        return definitions.ofBundle(
                bundle.getBundleId(),
                bundle.getSymbolicName(),
                bundle.getVersion().toString(),
                attributes,
                path -> entry(bundle, path));
    }

    private static Optional<InputStream> entry(Bundle bundle, String path) {
        URL entry = bundle.getEntry(path);
        if (entry == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(entry.openStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CompletableFuture<Void> load(Found found, Optional<String> obstacle) {
        Verification verification = found.verification();
        if (verification.spec().isEmpty()) {
            refusals.add(verification);
            return CompletableFuture.completedFuture(null);
        }
        JobSpec spec = verification.spec().get();
        Map<Label, String> obstacles =
                obstacle.map(reason -> Map.of(spec.label(), reason)).orElse(Map.of());
        return loop.request(id -> new DomainEvent.Bootstrap(List.of(spec), obstacles, Optional.of(id)))
                .handle((unused, error) -> {
                    if (error == null) {
                        refusals.forget(verification.where());
                        found.loads().accept(spec);
                    } else {
                        refusals.add(Refusals.refused(verification, String.valueOf(error.getMessage())));
                    }
                    return (Void) null;
                })
                .toCompletableFuture();
    }

    private synchronized void remember(Bundle bundle, Label label) {
        labelOfBundle.put(bundle.getBundleId(), label);
    }

    private synchronized Optional<Label> labelOf(Bundle bundle) {
        return Optional.ofNullable(labelOfBundle.get(bundle.getBundleId()));
    }

    private static String where(Bundle bundle) {
        return "bundle " + bundle.getSymbolicName() + "/" + bundle.getVersion() + " [" + bundle.getBundleId() + "]";
    }
}
