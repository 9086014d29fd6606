package org.lares.supervisor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.supervisor.definition.Overlay;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the administrator says about jobs: the configurations {@code org.lares.job~LABEL} of Configuration Admin. They are
 * read when this is made, and again at each change, on a thread of its own that ends with {@link #close}. Thread-safe.
 */
final class Overlays implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Overlays.class);
    private static final String FACTORY = Overlay.FACTORY;
    private static final String PREFIX = Overlay.PID_PREFIX;

    private final ConfigurationAdmin admin;
    /** Files that had not become configurations when this was made: those are read by others, in their own time. */
    private final Map<Label, Path> awaited;

    private final ServiceRegistration<ConfigurationListener> registration;
    private final Thread thread = new Thread(this::run, "lares-overlays");
    private volatile Map<Label, Overlay> overlays = Map.of();
    private volatile List<Verification> rejected = List.of();

    // All of these under the lock of this object.
    private BiConsumer<Label, Optional<JobSpec>> listener;
    private final Map<Label, Optional<JobSpec>> changed = new LinkedHashMap<>();
    private boolean stale;
    private long changes;
    private boolean closed;

    /**
     * @param etc the folder with the files of configurations
     * @throws IOException if that or the configurations cannot be read
     */
    Overlays(BundleContext context, ConfigurationAdmin admin, Path etc) throws IOException {
        this.admin = admin;
        awaited = files(etc);
        ConfigurationListener changing = event -> {
            if (event.getPid().startsWith(PREFIX) || FACTORY.equals(event.getFactoryPid())) {
                markStale();
            }
        };
        // Before the first look: what changes meanwhile is then looked at again.
        registration = context.registerService(ConfigurationListener.class, changing, null);
        try {
            read();
        } catch (IOException e) {
            registration.unregister();
            throw e;
        }
    }

    static String pid(Label label) {
        return PREFIX + label.value();
    }

    /** What is said about that label at present. */
    Optional<Overlay> of(Label label) {
        Optional<Overlay> known = Optional.ofNullable(overlays.get(label));
        boolean waits = known.isEmpty()
                && Optional.ofNullable(awaited.get(label)).filter(Files::exists).isPresent();
        return waits ? Optional.of(Overlay.awaited(pid(label))) : known;
    }

    private static Map<Label, Path> files(Path etc) throws IOException {
        Map<Label, Path> files = new ConcurrentHashMap<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(etc, PREFIX + "*.{cfg,config}")) {
            for (Path file : found) {
                String name = file.getFileName().toString();
                String label = name.substring(PREFIX.length(), name.lastIndexOf('.'));
                if (Label.isValid(label)) {
                    files.put(Label.of(label), file);
                }
            }
        }
        return files;
    }

    /** Configurations that are for no job, whatever it is called. */
    List<Verification> rejected() {
        return rejected;
    }

    /**
     * Begins to tell what changes.
     *
     * @param told of a label, with its definition if that was just loaded; on this object's thread, may read the disk
     */
    void tell(BiConsumer<Label, Optional<JobSpec>> told) {
        synchronized (this) {
            listener = told;
        }
        thread.start();
    }

    /**
     * To be asked before definitions are read, and told each that was loaded of them: if something has changed between,
     * the label is told as changed.
     */
    Consumer<JobSpec> loads() {
        long before;
        synchronized (this) {
            before = changes;
        }
        return spec -> loaded(before, spec);
    }

    private synchronized void loaded(long before, JobSpec spec) {
        if (changes != before) {
            changed.put(spec.label(), Optional.of(spec));
            notifyAll();
        }
    }

    private synchronized void markStale() {
        stale = true;
        notifyAll();
    }

    private void run() {
        while (true) {
            boolean look;
            Map<Label, Optional<JobSpec>> tell;
            synchronized (this) {
                while (!closed && !stale && changed.isEmpty()) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        LOG.warn(
                                "the thread for configurations of jobs was interrupted; it goes on until it is closed");
                    }
                }
                if (closed) {
                    return;
                }
                look = stale;
                stale = false;
                tell = new LinkedHashMap<>(changed);
                changed.clear();
            }
            if (look) {
                reread().forEach(label -> tell.putIfAbsent(label, Optional.empty()));
            }
            tell.forEach(this::tellOne);
        }
    }

    private Set<Label> reread() {
        try {
            return read();
        } catch (IOException | IllegalStateException e) {
            LOG.error("cannot read the configurations {}*: {}; jobs stay as they are", PREFIX, e.toString());
            return Set.of();
        }
    }

    /** One that fails keeps no other from being told. */
    private void tellOne(Label label, Optional<JobSpec> spec) {
        try {
            listener.accept(label, spec);
        } catch (RuntimeException e) {
            LOG.error("cannot apply {}: {}; the job stays as it was", pid(label), e.toString(), e);
        }
    }

    /** @return the labels of which something else is said than before */
    private Set<Label> read() throws IOException {
        Map<Label, Overlay> found = new HashMap<>();
        Map<String, Verification> refused = new TreeMap<>();
        for (Configuration configuration : configurations()) {
            String pid = configuration.getPid();
            String name = pid.startsWith(PREFIX) ? pid.substring(PREFIX.length()) : "";
            Optional<Map<String, Object>> properties = properties(configuration);
            if (properties.isEmpty()) {
                continue;
            }
            if (Label.isValid(name)) {
                found.put(Label.of(name), new Overlay(pid, properties.get()));
            } else {
                Remark remark = new Remark(
                        Remark.Severity.ERROR,
                        pid,
                        0,
                        "",
                        "its name is no label, so that it is for no job",
                        "name it " + PREFIX + "LABEL (the file: " + PREFIX + "LABEL.cfg)");
                refused.put(pid, new Verification(pid, Optional.empty(), List.of(remark)));
            }
        }
        refused.values().stream()
                .filter(verification -> !rejected.contains(verification))
                .forEach(verification ->
                        LOG.error("refused: {}", verification.remarks().get(0)));
        rejected = new ArrayList<>(refused.values());
        Map<Label, Overlay> before = overlays;
        Set<Label> different = new TreeSet<>(found.keySet());
        different.addAll(before.keySet());
        different.removeIf(
                label -> Optional.ofNullable(found.get(label)).equals(Optional.ofNullable(before.get(label))));
        overlays = Map.copyOf(found);
        // Known now, or deleted since: what its file becomes is then told by a change.
        different.forEach(awaited::remove);
        synchronized (this) {
            changes++;
        }
        return different;
    }

    /** Whatever made them: a factory's instance by that name, or a configuration that is only called so. */
    private List<Configuration> configurations() throws IOException {
        try {
            Configuration[] listed = admin.listConfigurations(
                    "(|(" + ConfigurationAdmin.SERVICE_FACTORYPID + "=" + FACTORY + ")(service.pid=" + PREFIX + "*))");
            return listed == null ? List.of() : List.of(listed);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** With what plug-ins make of them, such as values from the environment; empty if it was deleted meanwhile. */
    private Optional<Map<String, Object>> properties(Configuration configuration) {
        try {
            Dictionary<String, Object> properties = configuration.getProcessedProperties(registration.getReference());
            return Optional.ofNullable(properties).map(FrameworkUtil::asMap).map(HashMap::new);
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws InterruptedException {
        registration.unregister();
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.join();
    }
}
