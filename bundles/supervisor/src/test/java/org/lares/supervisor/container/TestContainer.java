package org.lares.supervisor.container;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.felix.framework.FrameworkFactory;
import org.apache.felix.scr.impl.Activator;
import org.lares.supervisor.container.probe.Probe;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

/** A real framework with SCR, in which the test itself is the system bundle, and bundles made of test classes. */
final class TestContainer implements AutoCloseable {
    private static final String EXTRA = String.join(
            ",",
            "org.lares.job;version=0.1.0",
            "org.lares.job.annotations;version=0.1.0",
            "org.lares.supervisor.woven;version=0.1.0",
            "org.lares.supervisor.container.probe",
            "org.osgi.service.component;version=1.5.1",
            "org.osgi.service.component.runtime;version=1.5.0",
            "org.osgi.service.component.runtime.dto;version=1.5.0",
            "org.osgi.service.log;version=1.4.0",
            "org.osgi.util.promise;version=1.3.0",
            "org.osgi.util.function;version=1.2.0");

    private final Framework framework;
    private final Path folder;
    private int installed;

    TestContainer(Path folder) throws Exception {
        this.folder = folder;
        Map<String, String> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, folder.resolve("store").toString());
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, EXTRA);
        configuration.put(
                Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA,
                "osgi.extender;osgi.extender=\"org.lares.supervisor\";version:Version=\"0.1.0\"");
        configuration.put("ds.loglevel", "0");
        configuration.put("ds.service.changecount.timeout", "50");
        framework = new FrameworkFactory().newFramework(configuration);
        framework.init();
        framework.start();
        Path scr = Path.of(Activator.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        context().installBundle(scr.toUri().toString()).start();
    }

    BundleContext context() {
        return framework.getBundleContext();
    }

    /** A bundle of these classes, installed but not started. */
    Bundle install(String name, String headers, Class<?>... classes) throws Exception {
        return context().installBundle("test:" + name + installed++, bundle(name, headers, classes));
    }

    /** @param headers lines of bnd's instructions; may be empty */
    InputStream bundle(String name, String headers, Class<?>... classes) throws Exception {
        Path root = Path.of(
                Probe.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> resources = new ArrayList<>();
        for (Class<?> type : classes) {
            String path = type.getName().replace('.', '/') + ".class";
            resources.add(path + "=" + root.resolve(path));
        }
        try (Builder builder = new Builder()) {
            for (String entry : List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))) {
                if (entry.endsWith("classes")
                        || entry.contains("org.osgi.service.component.annotations")
                        || entry.contains("osgi.core")
                        || entry.contains("osgi.annotation")
                        || entry.contains("org.lares")) {
                    builder.addClasspath(new File(entry));
                }
            }
            builder.setProperty("Bundle-SymbolicName", name);
            builder.setProperty("-includeresource", String.join(",", resources));
            builder.setProperty("-noextraheaders", "true");
            for (String line : headers.lines().toList()) {
                int colon = line.indexOf(':');
                builder.setProperty(
                        line.substring(0, colon).trim(),
                        line.substring(colon + 1).trim());
            }
            Jar jar = builder.build();
            if (!builder.getErrors().isEmpty()) {
                throw new IOException(builder.getErrors().toString());
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            jar.write(out);
            return new ByteArrayInputStream(out.toByteArray());
        }
    }

    /** A file for a run's log. */
    Path log(String name) throws IOException {
        Path file = folder.resolve(name + ".log");
        Files.deleteIfExists(file);
        return Files.createFile(file);
    }

    /** Refreshes and waits until that is done. */
    void refresh(Bundle... bundles) throws InterruptedException {
        var done = new java.util.concurrent.CountDownLatch(1);
        framework.adapt(FrameworkWiring.class).refreshBundles(bundles.length == 0 ? null : List.of(bundles), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        if (!done.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("the refresh does not end");
        }
    }

    boolean isUp() {
        return framework.getState() == Bundle.ACTIVE;
    }

    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(20_000);
    }

    @Override
    public void close() throws BundleException {
        framework.stop();
        try {
            framework.waitForStop(20_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Probe.clear();
    }
}
