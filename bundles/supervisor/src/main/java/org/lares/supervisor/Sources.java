package org.lares.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.job.annotations.JobComponent;
import org.lares.supervisor.container.BundleJobs;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.core.Event;
import org.lares.supervisor.definition.Definitions;
import org.lares.supervisor.loop.DomainLoop;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleRevision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where definitions come from by themselves: the folder of property lists, read once at start-up, and the bundles. Turns
 * them into events of the loop and remembers what was refused. Thread-safe.
 */
final class Sources implements BundleJobs.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    /** Refused definitions that are remembered; a folder with more is said in the log only. */
    private static final int REJECTED_LIMIT = 1_000;

    private final DomainLoop loop;
    private final Definitions definitions;
    private final Runnable onFrameworkStop;
    private final Map<Long, Label> labelOfBundle = new HashMap<>();
    /** Definitions of bundles that are loaded once it is known whether their bundle may be started. */
    private final Map<Long, Verification> appeared = new HashMap<>();

    private final Map<String, Verification> rejected = new LinkedHashMap<>();

    /** @param onFrameworkStop called before the framework stops the first bundle */
    Sources(DomainLoop loop, Definitions definitions, Runnable onFrameworkStop) {
        this.onFrameworkStop = onFrameworkStop;
        this.loop = loop;
        this.definitions = definitions;
    }

    synchronized List<Verification> rejected() {
        return List.copyOf(rejected.values());
    }

    /** Loads each property list of a folder by itself: one that is refused keeps no other from running. */
    CompletionStage<Void> load(Path folder) {
        if (!Files.isDirectory(folder)) {
            LOG.info("there is no {}: no property lists are loaded at start-up", folder);
            return CompletableFuture.completedFuture(null);
        }
        List<CompletableFuture<Void>> loading = new ArrayList<>();
        for (Verification verification : definitions.readFolder(folder)) {
            loading.add(load(verification, Optional.empty()));
        }
        return CompletableFuture.allOf(loading.toArray(CompletableFuture<?>[]::new));
    }

    /** Loads again what was bootstrapped before the container was killed; what is loaded from elsewhere stays. */
    CompletionStage<Void> restore(Map<Label, Path> named) {
        List<CompletableFuture<Void>> loading = new ArrayList<>();
        named.forEach((label, path) -> {
            if (loop.status(label).isEmpty()) {
                Verification found = definitions.read(path);
                boolean other =
                        found.spec().filter(spec -> !spec.label().equals(label)).isPresent();
                loading.add(load(other ? refused(found, "it was bootstrapped as " + label) : found, Optional.empty()));
            }
        });
        return CompletableFuture.allOf(loading.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public void appeared(Bundle bundle, Map<String, Object> attributes) {
        Verification verification = read(bundle, attributes);
        synchronized (this) {
            appeared.put(bundle.getBundleId(), verification);
        }
    }

    @Override
    public void changed(Bundle bundle, Map<String, Object> attributes) {
        Verification verification = read(bundle, attributes);
        Optional<Label> before = labelOf(bundle);
        Optional<Label> after = verification.spec().map(JobSpec::label);
        if (before.isPresent() && before.equals(after)) {
            forgetRejected(verification.where());
            loop.post(new DomainEvent.Redefine(verification.spec().get()));
            return;
        }
        gone(bundle);
        synchronized (this) {
            appeared.put(bundle.getBundleId(), verification);
        }
    }

    @Override
    public void gone(Bundle bundle) {
        Label label;
        synchronized (this) {
            label = labelOfBundle.remove(bundle.getBundleId());
            appeared.remove(bundle.getBundleId());
            rejected.remove(where(bundle));
        }
        if (label != null && isOf(label, bundle)) {
            loop.post(new DomainEvent.ForJob(
                    label,
                    new Event.Bootout(
                            Optional.empty(), "its bundle " + bundle.getSymbolicName() + " was uninstalled")));
        }
    }

    @Override
    public void obstacle(Bundle bundle, Optional<String> obstacle) {
        Verification first;
        synchronized (this) {
            first = appeared.remove(bundle.getBundleId());
        }
        if (first != null) {
            first.spec().ifPresent(spec -> remember(bundle, spec.label()));
            load(first, obstacle);
            return;
        }
        labelOf(bundle)
                .filter(label -> isOf(label, bundle))
                .ifPresent(label -> loop.post(new DomainEvent.ForJob(label, new Event.ObstacleChanged(obstacle))));
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

    private CompletableFuture<Void> load(Verification verification, Optional<String> obstacle) {
        if (verification.spec().isEmpty()) {
            reject(verification);
            return CompletableFuture.completedFuture(null);
        }
        JobSpec spec = verification.spec().get();
        Map<Label, String> obstacles =
                obstacle.map(reason -> Map.of(spec.label(), reason)).orElse(Map.of());
        return loop.request(id -> new DomainEvent.Bootstrap(List.of(spec), obstacles, Optional.of(id)))
                .handle((unused, error) -> {
                    if (error == null) {
                        forgetRejected(verification.where());
                    } else {
                        reject(refused(verification, String.valueOf(error.getMessage())));
                    }
                    return (Void) null;
                })
                .toCompletableFuture();
    }

    private static Verification refused(Verification verification, String reason) {
        List<Remark> remarks = new ArrayList<>(verification.remarks());
        remarks.add(new Remark(Remark.Severity.ERROR, verification.where(), 0, "Label", reason, ""));
        return new Verification(verification.where(), Optional.empty(), remarks);
    }

    private void reject(Verification verification) {
        synchronized (this) {
            if (rejected.size() < REJECTED_LIMIT) {
                rejected.put(verification.where(), verification);
            }
        }
        verification.remarks().stream()
                .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                .forEach(remark -> LOG.error("refused: {}", remark));
    }

    private synchronized void forgetRejected(String where) {
        rejected.remove(where);
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
