package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.felix.utils.resource.CapabilityImpl;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.ExecutionEnvironmentNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;

/** What every host has, whatever its job: {@code platform.properties} of the host. Immutable. */
final class Platform {

    /** What a host or its framework registers, whatever {@code capabilities} says. */
    private static final List<String> SERVICES = List.of(
            "org.lares.job.Run",
            "org.osgi.service.packageadmin.PackageAdmin",
            "org.osgi.service.resolver.Resolver",
            "org.osgi.service.startlevel.StartLevel");

    private static final String FRAMEWORK = "org.apache.felix.framework";
    private static final String SERVICE = "osgi.service";
    private static final int NEWEST_OLD_RELEASE = 8;

    private final List<String> classPath;
    private final List<String> bundles;
    private final String packages;
    private final String capabilities;

    Platform(Properties properties) {
        classPath = list(properties.getProperty("classpath", ""));
        bundles = list(properties.getProperty("bundles", ""));
        packages = clauses(properties.getProperty("packages", ""));
        capabilities = clauses(properties.getProperty("capabilities", ""));
    }

    /** As this distribution's host reads it. */
    static Platform ofDistribution() throws IOException {
        try (InputStream in = Platform.class.getResourceAsStream("platform.properties")) {
            if (in == null) {
                throw new IOException("platform.properties is not in the bundle; install the distribution again");
            }
            try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
                Properties properties = new Properties();
                properties.load(reader);
                return new Platform(properties);
            }
        }
    }

    /** Of the JVM, in order. */
    List<Path> classPath(Path system) throws IOException {
        return find(classPath, system);
    }

    /** Installed in every host, in order. */
    List<Path> bundles(Path system) throws IOException {
        return find(bundles, system);
    }

    /**
     * The system bundle of a host on the JVM that runs this.
     *
     * @param jars of {@link #classPath}
     * @param machine capabilities that describe the processor and the operating system
     */
    Candidate host(Collection<Path> jars, List<? extends Capability> machine) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (Path jar : jars) {
            Map<String, String> each = Headers.of(jar);
            if (each.getOrDefault(Constants.BUNDLE_SYMBOLICNAME, "").startsWith(FRAMEWORK)) {
                headers.putAll(each);
            }
        }
        headers.keySet()
                .retainAll(Set.of(Constants.BUNDLE_VERSION, Constants.EXPORT_PACKAGE, Constants.PROVIDE_CAPABILITY));
        headers.put(Constants.BUNDLE_MANIFESTVERSION, "2");
        headers.put(Constants.BUNDLE_SYMBOLICNAME, FRAMEWORK);
        append(headers, Constants.EXPORT_PACKAGE, packages);
        append(headers, Constants.PROVIDE_CAPABILITY, capabilities);
        Candidate host;
        try {
            host = new Candidate(Candidate.Origin.HOST, headers, Constants.SYSTEM_BUNDLE_LOCATION, null);
        } catch (BundleException e) {
            throw new IOException("platform.properties: " + e.getMessage() + "; install the distribution again", e);
        }
        provide(host, machine);
        return host;
    }

    private static void provide(Candidate host, List<? extends Capability> machine) {
        add(
                host,
                BundleNamespace.BUNDLE_NAMESPACE,
                Map.of(
                        BundleNamespace.BUNDLE_NAMESPACE,
                        Constants.SYSTEM_BUNDLE_SYMBOLICNAME,
                        Constants.BUNDLE_VERSION_ATTRIBUTE,
                        host.version()));
        for (String each : ofJdk()) {
            add(
                    host,
                    PackageNamespace.PACKAGE_NAMESPACE,
                    Map.of(
                            PackageNamespace.PACKAGE_NAMESPACE,
                            each,
                            PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE,
                            Version.emptyVersion,
                            PackageNamespace.CAPABILITY_BUNDLE_SYMBOLICNAME_ATTRIBUTE,
                            Constants.SYSTEM_BUNDLE_SYMBOLICNAME,
                            PackageNamespace.CAPABILITY_BUNDLE_VERSION_ATTRIBUTE,
                            host.version()));
        }
        List<Version> modern = IntStream.rangeClosed(
                        NEWEST_OLD_RELEASE + 1, Runtime.version().feature())
                .mapToObj(release -> new Version(release, 0, 0))
                .toList();
        environment(
                host,
                "JavaSE",
                Stream.concat(
                                IntStream.rangeClosed(0, NEWEST_OLD_RELEASE)
                                        .mapToObj(minor -> new Version(1, minor, 0)),
                                modern.stream())
                        .toList());
        for (String profile : List.of("compact1", "compact2", "compact3")) {
            environment(
                    host,
                    "JavaSE/" + profile,
                    Stream.concat(Stream.of(new Version(1, NEWEST_OLD_RELEASE, 0)), modern.stream())
                            .toList());
        }
        environment(
                host,
                "OSGi/Minimum",
                Stream.of("1.0", "1.1", "1.2").map(Version::valueOf).toList());
        for (Capability each : machine) {
            add(host, each.getNamespace(), each.getAttributes());
        }
        for (String each : SERVICES) {
            add(host, SERVICE, Map.of(Constants.OBJECTCLASS, List.of(each)));
        }
    }

    /** Packages that the JVM's modules export to everybody. */
    private static Set<String> ofJdk() {
        return ModuleLayer.boot().modules().stream()
                .flatMap(module -> module.getDescriptor().exports().stream())
                .filter(exports -> !exports.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void environment(Candidate host, String name, List<Version> versions) {
        add(
                host,
                ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE,
                Map.of(
                        ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE,
                        name,
                        ExecutionEnvironmentNamespace.CAPABILITY_VERSION_ATTRIBUTE,
                        versions));
    }

    private static void add(Candidate host, String namespace, Map<String, Object> attributes) {
        host.addCapability(new CapabilityImpl(host, namespace, Map.of(), attributes));
    }

    /** Where a Maven-layout folder has an artifact. */
    static Path inLayout(Path folder, String group, String artifact, String version, String classifier, String type) {
        String suffix = classifier.isEmpty() ? "" : "-" + classifier;
        return folder.resolve(group.replace('.', '/'))
                .resolve(artifact)
                .resolve(version)
                .resolve(artifact + "-" + version + suffix + "." + type);
    }

    private static List<Path> find(List<String> coordinates, Path system) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String each : coordinates) {
            String[] parts = each.split(":", -1);
            if (parts.length != 3) {
                throw new IOException("platform.properties: " + each
                        + " is not group:artifact:version; install the distribution again");
            }
            Path file = inLayout(system, parts[0], parts[1], parts[2], "", "jar");
            if (!Files.isRegularFile(file)) {
                throw new IOException(
                        "every host needs " + each + ": there is no " + file + "; install the distribution again");
            }
            found.add(file);
        }
        return found;
    }

    private static void append(Map<String, String> headers, String name, String clauses) {
        if (!clauses.isEmpty()) {
            headers.merge(name, clauses, (before, more) -> before + "," + more);
        }
    }

    private static List<String> list(String value) {
        return Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .filter(it -> !it.isEmpty())
                .toList();
    }

    private static String clauses(String value) {
        String stripped = value.strip();
        return stripped.endsWith(",") ? stripped.substring(0, stripped.length() - 1) : stripped;
    }
}
