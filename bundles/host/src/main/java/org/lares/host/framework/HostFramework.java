package org.lares.host.framework;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.felix.framework.FrameworkFactory;
import org.apache.felix.framework.cache.BundleCache;
import org.apache.felix.framework.util.FelixConstants;
import org.lares.host.framework.bundle.Handler;
import org.lares.host.log.OsgiLogService;
import org.lares.host.log.RunOutput;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.Order;
import org.lares.xpc.host.Order.BundleFile;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.service.component.ComponentConstants;

/**
 * The framework of a host process with one job's bundles. There is at most one in a JVM at a time: logging and
 * {@code FrameworkUtil.getBundle} are the JVM's.
 *
 * <p>{@link #launch} and {@link #start} are for one thread; the rest is for any.
 */
public final class HostFramework implements AutoCloseable {
    /** In {@link Order#properties}: the least level that is logged, a word of slf4j; info if absent. */
    public static final String LOG_LEVEL = "org.lares.log.level";

    private static final long CLOSE_MILLIS = 10_000;

    private final Framework framework;
    private final Configurations configurations;
    private final List<Bundle> bundles;
    private final Bundle job;

    private HostFramework(Framework framework, Configurations configurations, List<Bundle> bundles, Bundle job) {
        this.framework = framework;
        this.configurations = configurations;
        this.bundles = bundles;
        this.job = job;
    }

    /**
     * Framework initialised and started, all bundles of the order installed (plain: from their files, where they stay;
     * Connect: as found on the class path), none of them started; Declarative Services up if one of them has components.
     *
     * @param wanted told of PIDs that a ManagedService or ManagedServiceFactory asks for, each once, on the thread that
     *     registers it
     * @throws IllegalArgumentException if not exactly one bundle of the order is the job's
     * @throws Exception if the framework cannot be had, or a bundle not be installed; nothing is left running then
     */
    public static HostFramework launch(Order order, Consumer<List<String>> wanted) throws Exception {
        BundleFile own = own(order);
        OsgiLogService.takeAll();
        String level = order.properties().get(LOG_LEVEL);
        if (level != null) {
            RunOutput.threshold(level);
        }
        SystemServices services = new SystemServices();
        ClassPathConnector connector = new ClassPathConnector(order.connect() ? order.bundles() : List.of(), services);
        Framework framework = initialised(properties(order), connector);
        try {
            services.check();
            BundleContext context = framework.getBundleContext();
            connector.started(context);
            BundleOfClass.of(connector);
            Handler.serve(context);
            WantedConfigurations.tell(context, wanted);
            List<Bundle> bundles = new ArrayList<>(order.bundles().size());
            Bundle job = null;
            boolean components = false;
            for (BundleFile each : order.bundles()) {
                Bundle bundle = install(context, each, order.connect());
                components |= bundle.getHeaders("").get(ComponentConstants.SERVICE_COMPONENT) != null;
                if (each == own) {
                    job = bundle;
                } else {
                    bundles.add(bundle);
                }
            }
            bundles.add(job);
            keepFiles(order, job);
            if (components) {
                services.startComponents(context);
            }
            framework.start();
            return new HostFramework(framework, new Configurations(context), bundles, job);
        } catch (Throwable e) {
            try {
                stop(framework, CLOSE_MILLIS);
            } catch (RuntimeException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    /** The framework keeps a bundle's files in its cache, which goes with the process; the job's are elsewhere. */
    private static void keepFiles(Order order, Bundle job) throws IOException {
        String data = order.properties().get(Order.DATA);
        if (data != null) {
            Path inCache = order.folder().resolve(Order.CACHE).resolve("bundle" + job.getBundleId());
            Files.createSymbolicLink(inCache.resolve("data"), Path.of(data));
        }
    }

    private static Framework initialised(Map<String, String> properties, ClassPathConnector connector)
            throws BundleException {
        // No bundle may extend the framework itself: the search for a way to let them costs a start.
        System.setProperty(FelixConstants.FELIX_EXTENSIONS_DISABLE, "true");
        // Felix formats a number, which for any other locale loads the JDK's locale data. No other thread is there yet.
        Locale locale = Locale.getDefault(Locale.Category.FORMAT);
        Locale.setDefault(Locale.Category.FORMAT, Locale.US);
        try {
            Framework framework = new FrameworkFactory().newFramework(properties, connector);
            framework.init();
            return framework;
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, locale);
        }
    }

    private static BundleFile own(Order order) {
        BundleFile own = null;
        for (BundleFile each : order.bundles()) {
            if (each.job()) {
                if (own != null) {
                    throw new IllegalArgumentException("order " + order.id() + ": two bundles are the job's own, "
                            + own.location() + " and " + each.location() + "; mark one");
                }
                own = each;
            }
        }
        if (own == null) {
            throw new IllegalArgumentException("order " + order.id() + ": no bundle is the job's own; mark one");
        }
        return own;
    }

    private static Bundle install(BundleContext context, BundleFile bundle, boolean connect) throws BundleException {
        // Felix has no way to leave a file where it is and yet call the bundle by another location.
        return context.installBundle(
                connect
                        ? bundle.location()
                        : "reference:file:" + bundle.file().toUri().getRawPath());
    }

    /** Felix takes objects among its properties (felix.log.logger), which its type does not tell. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<String, String> properties(Order order) throws Exception {
        Platform platform = Platform.load();
        Map<String, Object> properties = new HashMap<>();
        properties.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLog());
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, platform.packages());
        properties.put(Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA, platform.capabilities());
        properties.put(FelixConstants.SERVICE_URLHANDLERS_PROP, "false");
        // No threads for a handful of bundles.
        properties.put("felix.resolver.parallelism", "1");
        properties.putAll(order.properties());
        properties.put(
                Constants.FRAMEWORK_STORAGE, order.folder().resolve(Order.CACHE).toString());
        // The folder is this process's own.
        properties.put(BundleCache.CACHE_LOCKING_PROP, "false");
        properties.put(Configurations.STORE_PROPERTY, Configurations.STORE);
        return (Map) properties;
    }

    /** The job's own bundle. */
    public Bundle job() {
        return job;
    }

    /** The system bundle's. */
    public BundleContext context() {
        return framework.getBundleContext();
    }

    /**
     * Makes these configurations known: before {@link #start}, so that the bundles find them; after it as changes, which
     * are delivered in the background. One that cannot be read is said in the log, and passed over.
     */
    public void configure(List<Configuration> changed) {
        configurations.set(changed);
    }

    /**
     * Starts all bundles of the closure in order, the job's last. That another than the job's cannot be started is said
     * in the log: whether the job can do without it, its own start tells.
     *
     * @throws BundleException if the job's own cannot be started
     */
    public void start() throws BundleException {
        for (Bundle each : bundles) {
            if (each.getHeaders("").get(Constants.FRAGMENT_HOST) != null) {
                continue;
            }
            try {
                // Transient: nothing is written, and no second start ever reads it.
                each.start(Bundle.START_TRANSIENT);
            } catch (BundleException e) {
                if (each == job) {
                    throw e;
                }
                RunOutput.append("error", "bundle " + each.getSymbolicName() + " cannot be started", e);
            }
        }
    }

    /**
     * Stops the framework, its bundles first, and waits.
     *
     * @param millis at most, 1 or more
     * @return whether it has stopped
     */
    public boolean stop(long millis) {
        return stop(framework, millis);
    }

    private static boolean stop(Framework framework, long millis) {
        try {
            framework.stop();
            return framework.waitForStop(Math.max(1, millis)).getType() != FrameworkEvent.WAIT_TIMEDOUT;
        } catch (BundleException e) {
            throw new IllegalStateException("the framework cannot be stopped: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Stops the framework, and waits ten seconds at most. */
    @Override
    public void close() {
        stop(CLOSE_MILLIS);
    }
}
