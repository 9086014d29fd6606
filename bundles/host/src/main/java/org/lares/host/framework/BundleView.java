package org.lares.host.framework;

import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleReference;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/**
 * The class loader of a bundle on the class path, as the framework and others who ask for it see it. It defines no
 * class: all are the JVM's own loader's. What it adds is that the bundle's own resources, and those of its fragments,
 * come first, and those in META-INF, which each bundle may have, are none but its own. Any thread.
 */
final class BundleView extends ClassLoader implements BundleReference {
    static {
        registerAsParallelCapable();
    }

    private final String location;
    private final ClassPathConnector connector;

    BundleView(ClassLoader classPath, String location, ClassPathConnector connector) {
        super(classPath);
        this.location = location;
        this.connector = connector;
    }

    @Override
    public Bundle getBundle() {
        return connector.bundle(location);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        // Never defined here: the parent's locks are enough.
        return getParent().loadClass(name);
    }

    @Override
    public URL getResource(String name) {
        List<URL> own = own(name);
        if (!own.isEmpty()) {
            return own.get(0);
        }
        return isEverybodys(name) ? null : getParent().getResource(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        List<URL> own = own(name);
        return own.isEmpty() && !isEverybodys(name) ? getParent().getResources(name) : Collections.enumeration(own);
    }

    private static boolean isEverybodys(String name) {
        return name.startsWith("META-INF/");
    }

    private List<URL> own(String name) {
        Bundle itself = getBundle();
        if (itself == null || itself.getState() == Bundle.UNINSTALLED) {
            return List.of();
        }
        List<URL> found = new ArrayList<>(1);
        add(itself, name, found);
        BundleWiring wiring = itself.adapt(BundleWiring.class);
        List<BundleWire> fragments = wiring == null ? null : wiring.getProvidedWires(HostNamespace.HOST_NAMESPACE);
        if (fragments != null) {
            for (BundleWire each : fragments) {
                add(each.getRequirer().getBundle(), name, found);
            }
        }
        return found;
    }

    private static void add(Bundle bundle, String name, List<URL> to) {
        URL entry = bundle.getEntry(name);
        if (entry != null) {
            to.add(entry);
        }
    }
}
