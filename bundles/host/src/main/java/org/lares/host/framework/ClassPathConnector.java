package org.lares.host.framework;

import java.io.File;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.lares.xpc.host.Order.BundleFile;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.framework.connect.ModuleConnector;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** Tells Felix of the bundles whose classes are on the class path of the JVM (OSGi Core 8, chapter 60). */
final class ClassPathConnector implements ModuleConnector {
    private final Map<String, ClassPathModule> modules = new HashMap<>();
    private final Map<Path, String> locations = new HashMap<>();
    /** By the URL's text: a code source is asked for often, by those who log above all. */
    private final Map<String, String> sources = new ConcurrentHashMap<>();

    private final BundleActivator services;
    private volatile BundleContext context;

    /** @param services part of the system bundle; told of its start and stop */
    ClassPathConnector(List<BundleFile> onClassPath, BundleActivator services) {
        this.services = services;
        for (BundleFile each : onClassPath) {
            modules.put(each.location(), new ClassPathModule(each.file(), each.location(), this));
            locations.put(each.file(), each.location());
        }
    }

    @Override
    public void initialize(File storage, Map<String, String> configuration) {
        // All is known already.
    }

    @Override
    public Optional<ConnectModule> connect(String location) {
        return location.equals(Rehearsal.LOCATION)
                ? Optional.of(new Rehearsal())
                : Optional.ofNullable(modules.get(location));
    }

    @Override
    public Optional<BundleActivator> newBundleActivator() {
        return Optional.of(services);
    }

    /** Bundles are found from here on. */
    void started(BundleContext system) {
        context = system;
    }

    /** Null as long as it is not installed. */
    Bundle bundle(String location) {
        BundleContext system = context;
        return system == null ? null : system.getBundle(location);
    }

    /** The bundle whose classes come from there, a fragment's host for a fragment; null if there is none. */
    Bundle bundleFrom(URL source) {
        String text = source.toString();
        String location = sources.get(text);
        if (location == null) {
            location = location(source);
            if (location == null) {
                return null;
            }
            sources.put(text, location);
        }
        Bundle bundle = bundle(location);
        if (bundle == null) {
            return null;
        }
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        if (wiring != null) {
            List<BundleWire> hosts = wiring.getRequiredWires(HostNamespace.HOST_NAMESPACE);
            if (hosts != null && !hosts.isEmpty()) {
                return hosts.get(0).getProvider().getBundle();
            }
        }
        return bundle;
    }

    private String location(URL source) {
        if (!source.getProtocol().equals("file")) {
            return null;
        }
        try {
            return locations.get(Path.of(source.toURI()));
        } catch (URISyntaxException e) {
            // Made by the job from a text that is no URI: not one of the closure's files.
            return null;
        }
    }
}
