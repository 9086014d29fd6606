package org.lares.sandbox.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

class SystemPackagesTest {
    @TempDir
    Path folder;

    private Place place;

    @BeforeEach
    void make() throws Exception {
        place = new Place(folder);
    }

    @AfterEach
    void close() throws Exception {
        place.close();
    }

    /** What a framework with the closure's properties wires the job to. */
    private List<String> wired(Closure closure) throws Exception {
        Map<String, String> properties = new HashMap<>(closure.properties());
        properties.put(Constants.FRAMEWORK_STORAGE, folder.resolve("host").toString());
        properties.put(Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA, place.properties.getProperty("capabilities"));
        Framework host = new FrameworkFactory().newFramework(properties);
        host.init();
        try {
            Bundle job = host.getBundleContext()
                    .installBundle(closure.bundles().get(0).file().toUri().toString());
            assertTrue(host.adapt(FrameworkWiring.class).resolveBundles(List.of(job)));
            return job.adapt(BundleWiring.class).getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE).stream()
                    .map(wire -> wire.getCapability().getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE) + " "
                            + wire.getCapability().getAttributes().get(Constants.VERSION_ATTRIBUTE))
                    .sorted()
                    .toList();
        } finally {
            host.stop();
            host.waitForStop(0);
        }
    }

    @Test
    void shouldLeaveWhatIsImportedOptionallyTooAndTheFrameworksOwn() throws Exception {
        Closure closure = place.closure(Jars.bundle("job", "1.0.0")
                .entry("job/A.class")
                .importing("java.util,javax.sql,javax.naming;resolution:=optional")
                .importing("org.slf4j;version=\"[2.0,3)\"")
                .importing("org.osgi.framework;version=\"[1.10,2)\""));

        String jdk = String.format("0.0.0.JavaSE_%03d", Runtime.version().feature());
        assertEquals(
                List.of(
                        "java.util " + jdk,
                        "javax.naming " + jdk,
                        "javax.sql " + jdk,
                        "org.osgi.framework 1.10.0",
                        "org.slf4j 2.0.12"),
                wired(closure));
        String packages = closure.properties().get(Constants.FRAMEWORK_SYSTEMPACKAGES);
        assertTrue(packages.contains("org.osgi.util.tracker;"), packages);
        assertFalse(packages.contains("javax.swing"), packages);
    }

    @Test
    void shouldLeaveAllWhereAnythingMayBeAskedFor() throws Exception {
        assertEquals(
                Map.of(),
                place.closure(Jars.bundle("job", "1.0.0").header("DynamicImport-Package", "javax.*"))
                        .properties());
        assertEquals(
                Map.of(),
                place.closure(Jars.bundle("job", "1.0.0")
                                .header("Require-Bundle", Constants.SYSTEM_BUNDLE_SYMBOLICNAME))
                        .properties());
    }
}
