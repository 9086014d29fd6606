package org.lares.sandbox.closure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.felix.utils.resource.CapabilitySet;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Wire;

/**
 * Whether bundles find on one flat class path what their framework's wires would have given them: every entry once,
 * every package in one place, and that place the one they are wired to. That code may also see what it does not import
 * is taken as harmless.
 */
final class FlatClassPath {
    private static final Pattern RELEASE = Pattern.compile("META-INF/versions/([0-9]{1,4})/(.+)");
    private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.SF", Pattern.CASE_INSENSITIVE);

    /** What nothing looks up by its name, or only in its own jar. */
    private static final Pattern NEVER_LOOKED_UP = Pattern.compile(
            "META-INF/MANIFEST\\.MF|META-INF/INDEX\\.LIST|META-INF/maven/.*|OSGI-OPT/.*|module-info\\.class"
                    + "|META-INF/(?:SIG-[^/]*|[^/]+\\.(?:SF|RSA|DSA|EC))"
                    + "|(?:META-INF/)?(?:LICEN[SC]E|NOTICE|DEPENDENCIES|README|CHANGELOG|COPYRIGHT)[^/]*"
                    + "|META-INF/licen[sc]es?/.*|about\\.html|about_files/.*",
            Pattern.CASE_INSENSITIVE);

    /** Owner of what is in the platform's jars. */
    private static final Object PLATFORM = new Object();

    private static final String WEAVING = "org.osgi.framework.hooks.weaving";

    /** Whose entries and packages are whose; a fragment's packages are its host's. */
    private final Map<String, String> entries = new HashMap<>();

    private final Map<String, Object> packages = new HashMap<>();
    private final Map<Object, String> names = new HashMap<>();
    private final Map<Candidate, List<Wire>> wires;

    private FlatClassPath(Map<Candidate, List<Wire>> wires) {
        this.wires = wires;
    }

    /**
     * @param platform the jars that come first
     * @param bundles with their files, in order
     * @param wires of the bundles in their host
     * @return what is against it; empty if nothing is
     */
    static Optional<String> objection(
            List<Path> platform, Map<Candidate, Path> bundles, Map<Candidate, List<Wire>> wires) throws IOException {
        return new FlatClassPath(wires).objection(platform, bundles);
    }

    private Optional<String> objection(List<Path> platform, Map<Candidate, Path> bundles) throws IOException {
        for (Candidate bundle : bundles.keySet()) {
            Optional<String> found = inHeaders(bundle);
            if (found.isPresent()) {
                return found;
            }
        }
        for (Path jar : platform) {
            Map<String, String> headers = Headers.of(jar);
            String name = headers.getOrDefault(
                            Constants.BUNDLE_SYMBOLICNAME, jar.getFileName().toString())
                    .split(";", 2)[0];
            inPlatform(jar, name, Headers.isMultiRelease(headers));
        }
        for (Map.Entry<Candidate, Path> each : bundles.entrySet()) {
            Candidate bundle = each.getKey();
            Optional<String> found =
                    inJar(each.getValue(), hostOf(bundle), bundle.toString(), Headers.isMultiRelease(bundle.headers()));
            if (found.isPresent()) {
                return found;
            }
        }
        for (Candidate bundle : bundles.keySet()) {
            for (Requirement requirement : bundle.getRequirements(PackageNamespace.PACKAGE_NAMESPACE)) {
                Optional<String> found = Requirements.isDynamic(requirement)
                        ? inDynamicImport(bundle, requirement)
                        : inImport(bundle, requirement);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> inHeaders(Candidate bundle) {
        Map<String, String> headers = bundle.headers();
        String reason = null;
        if (headers.containsKey(Constants.BUNDLE_NATIVECODE)) {
            reason = "has native code";
        } else if (!headers.getOrDefault(Constants.BUNDLE_CLASSPATH, ".")
                .strip()
                .equals(".")) {
            reason = "has jars or folders inside it on its class path (Bundle-ClassPath)";
        } else if (headers.containsKey(Headers.CLASS_PATH)) {
            reason = "names other jars in its manifest (Class-Path)";
        } else if (headers.getOrDefault(Constants.IMPORT_PACKAGE, "").contains(WEAVING)) {
            reason = "weaves the classes of others, which a class path of the JVM does not let it do";
        }
        return Optional.ofNullable(reason).map(it -> bundle + " " + it);
    }

    /** Its jars were chosen together: the first one that has an entry wins, as its makers know. */
    private void inPlatform(Path file, String name, boolean multiRelease) throws IOException {
        names.putIfAbsent(PLATFORM, "the platform");
        for (String entry : looked(file, multiRelease)) {
            entries.putIfAbsent(entry, name);
            inside(entry).ifPresent(it -> packages.putIfAbsent(it, PLATFORM));
        }
    }

    private Optional<String> inJar(Path file, Object owner, String name, boolean multiRelease) throws IOException {
        names.putIfAbsent(owner, name);
        for (String entry : looked(file, multiRelease)) {
            if (SIGNATURE.matcher(entry).matches()) {
                return Optional.of(name + " is signed, and a class path mixes its packages with unsigned ones");
            }
            String other = entries.putIfAbsent(entry, name);
            if (other != null) {
                return Optional.of(entry + " is in both " + other + " and " + name);
            }
            Optional<String> inside = inside(entry);
            if (inside.isEmpty()) {
                continue;
            }
            if (Jdk.PACKAGES.contains(inside.get())) {
                return Optional.of(name + " has classes of the package " + inside.get() + ", which is the JVM's own");
            }
            Object holder = packages.putIfAbsent(inside.get(), owner);
            if (holder != null && !holder.equals(owner)) {
                return Optional.of(
                        "the package " + inside.get() + " is split over " + names.get(holder) + " and " + name);
            }
        }
        return Optional.empty();
    }

    /** Entries that something may look up by their names, and signatures. */
    private static Set<String> looked(Path file, boolean multiRelease) throws IOException {
        try (JarFile jar = new JarFile(file.toFile(), false)) {
            return jar.stream()
                    .filter(it -> !it.isDirectory())
                    .map(it -> multiRelease ? effective(it.getName()) : it.getName())
                    .filter(it -> SIGNATURE.matcher(it).matches()
                            || !NEVER_LOOKED_UP.matcher(it).matches())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The package of a class. */
    private static Optional<String> inside(String entry) {
        return entry.endsWith(".class") && !entry.startsWith("META-INF/")
                ? Optional.of(
                        entry.substring(0, Math.max(0, entry.lastIndexOf('/'))).replace('/', '.'))
                : Optional.empty();
    }

    /** What a class loader of this release of Java sees an entry of a multi-release jar as. */
    private static String effective(String entry) {
        Matcher release = RELEASE.matcher(entry);
        return release.matches()
                        && Integer.parseInt(release.group(1))
                                <= Runtime.version().feature()
                ? release.group(2)
                : entry;
    }

    private Optional<String> inImport(Candidate bundle, Requirement requirement) {
        if (!Requirements.isResolved(requirement)) {
            return Optional.empty();
        }
        Candidate own = hostOf(bundle);
        String wanted = Requirements.asked(requirement, PackageNamespace.PACKAGE_NAMESPACE);
        Object holder = packages.get(wanted);
        if (holder == null || holder.equals(own)) {
            return Optional.empty();
        }
        // A fragment's imports are its host's.
        Optional<Candidate> provider = wires.getOrDefault(own, List.of()).stream()
                .filter(wire -> wire.getCapability().getNamespace().equals(PackageNamespace.PACKAGE_NAMESPACE)
                        && wanted.equals(wire.getCapability().getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE)))
                .map(wire -> (Candidate) wire.getProvider())
                .findFirst();
        if (provider.isEmpty()) {
            return Optional.of(bundle + " goes without the " + Requirements.describe(requirement)
                    + " that it imports, but would find the one of " + names.get(holder));
        }
        boolean same = provider.get().origin() == Candidate.Origin.HOST
                ? holder.equals(PLATFORM)
                : holder.equals(hostOf(provider.get()));
        return same
                ? Optional.empty()
                : Optional.of(bundle + " imports the package " + wanted + " of " + provider.get()
                        + ", but would find that of " + names.get(holder));
    }

    private Optional<String> inDynamicImport(Candidate bundle, Requirement requirement) {
        String pattern = Requirements.asked(requirement, PackageNamespace.PACKAGE_NAMESPACE);
        boolean all = pattern.isEmpty() || pattern.equals("*");
        String prefix = pattern.endsWith(".*") ? pattern.substring(0, pattern.length() - 1) : null;
        for (String each : packages.keySet().stream().sorted().toList()) {
            Object holder = packages.get(each);
            boolean asked = all || each.equals(pattern) || prefix != null && each.startsWith(prefix);
            if (asked && !holder.equals(hostOf(bundle)) && !isExported(each, requirement)) {
                return Optional.of(bundle + " imports packages when it asks for their classes (DynamicImport-Package), "
                        + "and would find " + each + " of " + names.get(holder) + ", which is not exported to it");
            }
        }
        return Optional.empty();
    }

    private boolean isExported(String name, Requirement requirement) {
        for (Candidate each : wires.keySet()) {
            for (Capability capability : each.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE)) {
                if (name.equals(capability.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE))
                        && CapabilitySet.matches(capability, requirement)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The bundle itself, if it is no fragment. */
    private Candidate hostOf(Candidate bundle) {
        return wires.getOrDefault(bundle, List.of()).stream()
                .filter(wire -> wire.getCapability().getNamespace().equals(HostNamespace.HOST_NAMESPACE))
                .map(wire -> (Candidate) wire.getProvider())
                .findFirst()
                .orElse(bundle);
    }

    /** All packages of the JVM's modules, from where their classes come whatever a class path has. */
    private static final class Jdk {
        static final Set<String> PACKAGES = ModuleLayer.boot().modules().stream()
                .flatMap(module -> module.getDescriptor().packages().stream())
                .collect(Collectors.toUnmodifiableSet());
    }
}
