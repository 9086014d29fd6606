package org.lares.host.framework;

import java.lang.reflect.Proxy;
import java.net.URL;
import java.security.CodeSource;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.connect.FrameworkUtilHelper;

/**
 * The bundle of a class that the JVM's own loader defined, for {@code FrameworkUtil.getBundle}: the one whose file the
 * class came from. Made by FrameworkUtil, off META-INF/services. Any thread.
 */
public final class BundleOfClass implements FrameworkUtilHelper {
    private static volatile ClassPathConnector connector;

    static void of(ClassPathConnector made) {
        connector = made;
    }

    @Override
    public Optional<Bundle> getBundle(Class<?> type) {
        ClassPathConnector known = connector;
        if (known == null) {
            return Optional.empty();
        }
        Class<?> plain = type;
        while (plain.isArray()) {
            plain = plain.getComponentType();
        }
        Bundle bundle = bundle(known, plain);
        if (bundle == null && Proxy.isProxyClass(plain)) {
            // Felix defines a proxy in the loader of its interfaces. Here it has no code source to tell.
            for (Class<?> each : plain.getInterfaces()) {
                bundle = bundle == null ? bundle(known, each) : bundle;
            }
        }
        return Optional.ofNullable(bundle);
    }

    private static Bundle bundle(ClassPathConnector known, Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        URL location = source == null ? null : source.getLocation();
        return location == null ? null : known.bundleFrom(location);
    }
}
