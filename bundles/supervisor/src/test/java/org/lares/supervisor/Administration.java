package org.lares.supervisor;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import org.apache.felix.cm.impl.ConfigurationManager;
import org.apache.felix.framework.FrameworkFactory;
import org.lares.job.Label;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.ConfigurationAdmin;

/** A real Configuration Admin in a framework of its own, in which the test itself is the system bundle. */
final class Administration implements AutoCloseable {
    private final Framework framework;

    Administration(Path folder) throws Exception {
        Map<String, String> configuration = new HashMap<>();
        configuration.put(
                Constants.FRAMEWORK_STORAGE, folder.resolve("framework").toString());
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, "org.osgi.service.cm;version=1.6.1");
        framework = new FrameworkFactory().newFramework(configuration);
        framework.start();
        Path bundle = Path.of(ConfigurationManager.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        context().installBundle(bundle.toUri().toString()).start();
    }

    BundleContext context() {
        return framework.getBundleContext();
    }

    ConfigurationAdmin admin() {
        return context().getService(context().getServiceReference(ConfigurationAdmin.class));
    }

    /** Makes or replaces what is said about a label. */
    void say(Label label, String key, Object value) throws Exception {
        admin().getFactoryConfiguration("org.lares.job", label.value(), null)
                .update(new Hashtable<>(Map.of(key, value)));
    }

    void unsay(Label label) throws Exception {
        admin().getFactoryConfiguration("org.lares.job", label.value(), null).delete();
    }

    @Override
    public void close() throws Exception {
        framework.stop();
        framework.waitForStop(20_000);
    }
}
