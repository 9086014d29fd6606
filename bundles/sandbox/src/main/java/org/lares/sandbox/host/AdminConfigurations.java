package org.lares.sandbox.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.felix.cm.file.ConfigurationHandler;
import org.lares.xpc.host.Configuration;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Of Configuration Admin, while there is one. The values are those that a bundle of the container would be given. */
public final class AdminConfigurations implements Configurations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminConfigurations.class);

    private final BundleContext context;
    private final ServiceTracker<ConfigurationAdmin, ConfigurationAdmin> admins;
    private ServiceRegistration<ConfigurationListener> listening;

    public AdminConfigurations(BundleContext context) {
        this.context = context;
        admins = new ServiceTracker<>(context, ConfigurationAdmin.class, null);
        admins.open();
    }

    /**
     * Begins to listen.
     *
     * @param changed told the PID of a configuration that was made, changed or deleted, and the factory's, if any
     */
    public void open(Consumer<Set<String>> changed) {
        listening = context.registerService(
                ConfigurationListener.class,
                event -> changed.accept(
                        event.getFactoryPid() == null
                                ? Set.of(event.getPid())
                                : Set.of(event.getPid(), event.getFactoryPid())),
                new Hashtable<>());
    }

    @Override
    public List<Configuration> of(Set<String> pids, Set<String> locations) {
        ConfigurationAdmin admin = admins.getService();
        if (admin == null || pids.isEmpty()) {
            return List.of();
        }
        org.osgi.service.cm.Configuration[] all;
        try {
            all = admin.listConfigurations(null);
        } catch (IOException | InvalidSyntaxException | IllegalStateException e) {
            LOG.error("cannot read configurations for an isolated job: {}; it goes on without", e.toString(), e);
            return List.of();
        }
        List<Configuration> wanted = new ArrayList<>();
        if (all != null) {
            for (org.osgi.service.cm.Configuration each : all) {
                read(each, pids, locations).ifPresent(wanted::add);
            }
        }
        return wanted;
    }

    private static Optional<Configuration> read(
            org.osgi.service.cm.Configuration each, Set<String> pids, Set<String> locations) {
        try {
            Optional<String> factory = Optional.ofNullable(each.getFactoryPid());
            if (!pids.contains(each.getPid()) && factory.filter(pids::contains).isEmpty()) {
                return Optional.empty();
            }
            String bound = each.getBundleLocation();
            if (bound != null && !bound.startsWith("?") && !locations.contains(bound)) {
                return Optional.empty();
            }
            Dictionary<String, Object> properties = each.getProcessedProperties(null);
            if (properties == null) {
                return Optional.empty();
            }
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            ConfigurationHandler.write(text, properties);
            return Optional.of(
                    new Configuration(each.getPid(), factory, Optional.of(text.toString(StandardCharsets.UTF_8))));
        } catch (IllegalStateException e) {
            // Deleted meanwhile; an event tells of that.
            return Optional.empty();
        } catch (IOException e) {
            LOG.error("cannot read the configuration {}: {}; the job goes on without", each.getPid(), e.toString(), e);
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (listening != null) {
            listening.unregister();
        }
        admins.close();
    }
}
