package org.lares.sandbox.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.felix.cm.file.ConfigurationHandler;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.xpc.host.Configuration;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationPlugin;

/** With the Configuration Admin that Karaf has. */
class AdminConfigurationsTest {
    private final BlockingQueue<Set<String>> changes = new LinkedBlockingQueue<>();

    @TempDir
    Path folder;

    private Framework framework;
    private BundleContext context;
    private ConfigurationAdmin admin;
    private AdminConfigurations configurations;

    @BeforeEach
    void start() throws Exception {
        framework = new FrameworkFactory()
                .newFramework(Map.of(
                        Constants.FRAMEWORK_STORAGE,
                        folder.resolve("cache").toString(),
                        "felix.cm.dir",
                        folder.resolve("configurations").toString(),
                        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                        "org.osgi.service.cm;version=1.6.0,org.apache.felix.cm;version=1.2.0,"
                                + "org.apache.felix.cm.file;version=1.1.0"));
        framework.start();
        context = framework.getBundleContext();
        String jar = ConfigurationHandler.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString();
        configurations = new AdminConfigurations(context);
        configurations.open(changes::add);
        assertEquals(List.of(), configurations.of(Set.of("one"), Set.of()));
        context.installBundle(jar).start();
        admin = context.getService(context.getServiceReference(ConfigurationAdmin.class));
    }

    @AfterEach
    void stop() throws Exception {
        configurations.close();
        framework.stop();
        framework.waitForStop(0);
    }

    private void make(String pid, String location, int value) throws Exception {
        admin.getConfiguration(pid, location).update(new Hashtable<>(Map.of("value", value)));
    }

    @Test
    void shouldGiveWhatIsWantedAndNotBoundElsewhere() throws Exception {
        make("one", null, 1);
        make("two", "?", 2);
        make("three", "file:ours.jar", 3);
        make("four", "file:other.jar", 4);
        make("five", null, 5);
        List<Configuration> given = configurations.of(Set.of("one", "two", "three", "four"), Set.of("file:ours.jar"));
        assertEquals(
                Set.of("one", "two", "three"),
                Set.copyOf(given.stream().map(Configuration::pid).toList()));
    }

    @Test
    void shouldGiveInstancesOfAFactory() throws Exception {
        admin.getFactoryConfiguration("factory", "x", "?").update(new Hashtable<>(Map.of("text", "a")));
        List<Configuration> given = configurations.of(Set.of("factory"), Set.of());
        assertEquals(1, given.size());
        assertEquals("factory~x", given.get(0).pid());
        assertEquals(Optional.of("factory"), given.get(0).factoryPid());
    }

    @Test
    void shouldGiveValuesAsPluginsLeaveThem() throws Exception {
        ConfigurationPlugin plugin = (reference, properties) -> properties.put("added", 1L);
        context.registerService(ConfigurationPlugin.class, plugin, new Hashtable<>(Map.of("service.cmRanking", 1)));
        make("one", "?", 7);
        String text =
                configurations.of(Set.of("one"), Set.of()).get(0).properties().orElseThrow();
        Dictionary<?, ?> read = (Dictionary<?, ?>) ConfigurationHandler.read(
                new java.io.ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertEquals(7, read.get("value"));
        assertEquals(1L, read.get("added"));
    }

    @Test
    void shouldTellOfChanges() throws Exception {
        make("one", "?", 1);
        assertEquals(Set.of("one"), changes.poll(30, TimeUnit.SECONDS));
        admin.getFactoryConfiguration("factory", "x", "?").update(new Hashtable<>(Map.of("text", "a")));
        assertEquals(Set.of("factory~x", "factory"), changes.poll(30, TimeUnit.SECONDS));
        admin.getConfiguration("one", "?").delete();
        assertEquals(Set.of("one"), changes.poll(30, TimeUnit.SECONDS));
    }
}
