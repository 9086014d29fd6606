package org.lares.host.framework;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.cm.PersistenceManager;
import org.apache.felix.cm.file.ConfigurationHandler;
import org.lares.host.log.RunOutput;
import org.lares.xpc.host.Configuration;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;

/** The container's configurations in the host's own Configuration Admin, which keeps them in memory. Any thread. */
final class Configurations {
    /** Seen by every bundle (Compendium 8, 104.4.2), whichever of them asked. */
    private static final String ANY_LOCATION = "?";

    /** Of Felix's Configuration Admin: which of its stores it works on. */
    static final String STORE_PROPERTY = "felix.cm.pm";

    static final String STORE = "memory";

    private final ConfigurationAdmin admin;
    private final PersistenceManager store;

    Configurations(BundleContext context) throws InvalidSyntaxException {
        this.admin = service(context, ConfigurationAdmin.class, null);
        this.store =
                service(context, PersistenceManager.class, "(" + PersistenceManager.PROPERTY_NAME + "=" + STORE + ")");
    }

    private static <S> S service(BundleContext context, Class<S> type, String filter) throws InvalidSyntaxException {
        for (ServiceReference<S> each : context.getServiceReferences(type, filter)) {
            S service = context.getService(each);
            if (service != null) {
                return service;
            }
        }
        throw new IllegalStateException(
                type.getName() + ": not provided by the framework; is its class path complete?");
    }

    /** One that cannot be read is said in the log, and passed over. */
    synchronized void set(List<Configuration> configurations) {
        for (Configuration each : configurations) {
            try {
                set(each);
            } catch (IOException e) {
                RunOutput.append("error", "configuration " + each.pid() + ": not taken over; correct it", e);
            }
        }
    }

    private void set(Configuration configuration) throws IOException {
        String pid = configuration.pid();
        if (configuration.properties().isEmpty()) {
            if (store.exists(pid)) {
                admin.getConfiguration(pid, ANY_LOCATION).delete();
            }
            return;
        }
        byte[] text = configuration.properties().get().getBytes(StandardCharsets.UTF_8);
        @SuppressWarnings("unchecked") // its keys are strings
        Dictionary<String, Object> properties = ConfigurationHandler.read(new ByteArrayInputStream(text));
        if (configuration.factoryPid().isPresent() && !store.exists(pid)) {
            // The service makes up the PIDs of instances; here they are those of the container.
            Dictionary<String, Object> instance = new Hashtable<>();
            instance.put(Constants.SERVICE_PID, pid);
            instance.put(
                    ConfigurationAdmin.SERVICE_FACTORYPID,
                    configuration.factoryPid().get());
            instance.put(ConfigurationAdmin.SERVICE_BUNDLELOCATION, ANY_LOCATION);
            store.store(pid, instance);
        }
        admin.getConfiguration(pid, ANY_LOCATION).updateIfDifferent(properties);
    }
}
