package org.lares.host.framework;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/**
 * What every host has besides its job's closure, as the resource {@value #RESOURCE} lists it; the container resolves
 * closures against the same list.
 *
 * @param packages for {@code org.osgi.framework.system.packages.extra}
 * @param capabilities for {@code org.osgi.framework.system.capabilities.extra}
 */
record Platform(String packages, String capabilities) {
    static final String RESOURCE = "/org/lares/host/platform.properties";

    static Platform load() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Platform.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IOException(RESOURCE + ": not in the host's own file; it was built wrongly");
            }
            properties.load(in);
        }
        return new Platform(properties.getProperty("packages", ""), properties.getProperty("capabilities", ""));
    }
}
