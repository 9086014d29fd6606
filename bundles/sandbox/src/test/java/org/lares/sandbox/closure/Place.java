package org.lares.sandbox.closure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.jar.JarFile;
import org.apache.felix.framework.FrameworkFactory;
import org.lares.job.HostOptions;
import org.lares.job.Isolation;
import org.lares.job.Limits;
import org.lares.job.Work;
import org.lares.sandbox.RefusedException;
import org.lares.xpc.host.Order;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** A container's framework, a distribution, a job's repository and a store, all in one folder. */
final class Place implements AutoCloseable {
    final Path folder;
    final Path system;
    final Path repository;
    final Path store;
    final Framework framework;
    final Properties properties = new Properties();

    Place(Path folder) throws IOException, BundleException {
        this.folder = folder;
        system = Files.createDirectories(folder.resolve("system"));
        repository = Files.createDirectories(folder.resolve("repository"));
        store = folder.resolve("store");
        framework = new FrameworkFactory()
                .newFramework(Map.of(
                        Constants.FRAMEWORK_STORAGE,
                        folder.resolve("cache").toString(),
                        Constants.FRAMEWORK_STORAGE_CLEAN,
                        Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT));
        framework.start();
        Files.createDirectories(system.resolve("f/framework/1"));
        Files.copy(Jars.of(FrameworkFactory.class), system.resolve("f/framework/1/framework-1.jar"));
        properties.setProperty("classpath", "f:framework:1");
        properties.setProperty("packages", "org.slf4j;version=2.0.12");
        properties.setProperty(
                "capabilities",
                String.join(
                        ",",
                        "osgi.extender;osgi.extender=org.lares.supervisor;version:Version=0.1",
                        "osgi.service;objectClass:List<String>=org.osgi.service.cm.ConfigurationAdmin",
                        "osgi.service;objectClass:List<String>=org.osgi.service.condition.Condition"));
    }

    Closures closures() {
        return new Closures(framework.getBundleContext(), store, system, new Platform(properties));
    }

    /** In the distribution, as an artifact of its file's name. */
    Path distribute(Jars jar, String artifact) throws IOException {
        return jar.at(system.resolve("g/" + artifact + "/1/" + artifact + "-1.jar"));
    }

    Path offer(Jars jar, String name) throws IOException {
        return jar.at(repository.resolve(name + ".jar"));
    }

    Bundle install(Jars jar, String name) throws IOException, BundleException {
        return framework
                .getBundleContext()
                .installBundle(jar.at(folder.resolve("installed/" + name + ".jar"))
                        .toUri()
                        .toString());
    }

    Work.BundleWork work(Bundle bundle) {
        return new Work.BundleWork(
                OptionalLong.of(bundle.getBundleId()),
                bundle.getSymbolicName(),
                Optional.empty(),
                Isolation.PROCESS,
                new HostOptions(List.of(), 0, List.of(repository)),
                Limits.NONE);
    }

    Work.BundleWork work(String location) {
        return new Work.BundleWork(
                OptionalLong.empty(),
                "job",
                Optional.of(location),
                Isolation.PROCESS,
                new HostOptions(List.of(), 0, List.of(repository)),
                Limits.NONE);
    }

    /** Of a job that is not installed. */
    Closure closure(Jars job) throws IOException, RefusedException {
        return closures().of(work(job.at(folder.resolve("job.jar")).toString()));
    }

    /** Name and version of each bundle, in order. */
    static List<String> names(Closure closure) throws IOException {
        List<String> names = new java.util.ArrayList<>();
        for (Order.BundleFile each : closure.bundles()) {
            try (JarFile jar = new JarFile(each.file().toFile())) {
                var headers = jar.getManifest().getMainAttributes();
                names.add(headers.getValue("Bundle-SymbolicName").split(";")[0] + ":"
                        + headers.getValue("Bundle-Version"));
            }
        }
        return names;
    }

    @Override
    public void close() throws BundleException, InterruptedException {
        framework.stop();
        framework.waitForStop(0);
    }
}
