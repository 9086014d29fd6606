package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lares.job.Work;
import org.lares.sandbox.RefusedException;
import org.lares.sandbox.closure.Candidate.Origin;
import org.lares.xpc.host.Order;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.NativeNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.resolver.Resolver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the closed set of bundles that the host of a job needs, and keeps it in a store. The framework of the container
 * is only asked what is installed and lent its resolver, a pure function: nothing is installed or refreshed. Any
 * thread; one closure is made at a time.
 */
public final class Closures {
    private static final Logger LOG = LoggerFactory.getLogger(Closures.class);
    private static final int MOST_KNOWN = 1_024;
    private static final String INDEX = "manifests.index";

    /** The container's own, which no host may have. */
    private static final Set<String> CONTAINER = Set.of("org.lares.supervisor", "org.lares.sandbox", "org.lares.shell");

    /** What there can be only one of in a process. */
    private static final Pattern OURS = Pattern.compile("org\\.lares\\..*|org\\.apache\\.felix\\.framework");

    private final ReentrantLock lock = new ReentrantLock();
    private final BundleContext context;
    private final Path system;
    private final Path index;
    private final Store store;
    private final JobSource source;
    private final Map<Key, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Known> eldest) {
            return size() > MOST_KNOWN;
        }
    };
    private Platform platform;
    private ManifestIndex manifests;

    private record Key(Object job, List<Path> repositories) {}

    /** @param stamp what the closure was made of; the same stamp gives the same closure */
    private record Known(List<Object> stamp, Closure closure) {}

    /** What was found in the places where bundles come from. */
    private record Found(
            List<Path> classPath,
            List<Path> bundles,
            List<ManifestIndex.Jar> repositories,
            List<Bundle> installed,
            List<ManifestIndex.Jar> distribution) {}

    /**
     * @param context to read the installed bundles with
     * @param store folder for what hosts run; made if it is not there; of this container alone
     * @param system the distribution's bundles, in Maven's layout
     */
    public Closures(BundleContext context, Path store, Path system) {
        this(context, store, system, null);
    }

    /** @param platform null for the distribution's */
    Closures(BundleContext context, Path store, Path system, Platform platform) {
        this.context = Objects.requireNonNull(context, "context");
        this.system = system.toAbsolutePath();
        this.store = new Store(store.toAbsolutePath());
        this.index = store.toAbsolutePath().resolve(INDEX);
        this.source = new JobSource(this.system, this.store);
        this.platform = platform;
    }

    /**
     * What a job's host needs as of now. Takes up to seconds at first, tens of milliseconds while nothing has changed. The files
     * of what is returned are there until {@link #retain} is called without it.
     *
     * @throws RefusedException if the bundle's requirements cannot be met, with the chain of what is missing
     * @throws IOException if a bundle cannot be read or kept
     */
    public Closure of(Work.BundleWork work) throws IOException, RefusedException {
        lock.lock();
        try {
            store.open();
            Found found = look(work);
            Path file = null;
            Bundle bundle = null;
            if (work.bundleId().isPresent()) {
                bundle = context.getBundle(work.bundleId().getAsLong());
                if (bundle == null) {
                    throw new RefusedException(
                            "the bundle " + work.symbolicName() + " is not installed any more", "install it again");
                }
            } else {
                file = source.find(work.location().orElseThrow());
            }
            Key key = new Key(
                    bundle == null ? work.location().orElseThrow() : bundle.getBundleId(),
                    work.host().repositories());
            List<Object> stamp = stamp(found, bundle, file);
            Known before = known.get(key);
            if (before != null && before.stamp().equals(stamp) && isThere(before.closure())) {
                return before.closure();
            }
            Candidate job = bundle == null ? ofFile(file, work.location().orElseThrow()) : ofBundle(bundle);
            Closure closure = make(job, found);
            known.put(key, new Known(stamp, closure));
            return closure;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A quick look at what the closure is made of, less than a millisecond for hundreds of bundles: while it is equal,
     * {@link #of} gives the same, provided that nobody changes the distribution. Waits for nobody.
     *
     * @throws IOException if a file cannot be looked at
     */
    public Object stamp(Work.BundleWork work) throws IOException {
        List<Object> stamp = new ArrayList<>();
        for (Bundle each : context.getBundles()) {
            stamp.add(each.getBundleId());
            stamp.add(each.getLastModified());
        }
        List<Path> files = new ArrayList<>();
        work.location().flatMap(JobSource::fileOf).ifPresent(files::add);
        for (Path repository : work.host().repositories()) {
            try (Stream<Path> jars = Files.walk(repository)) {
                jars.filter(Files::isRegularFile).sorted().forEach(files::add);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        for (Path file : files) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            stamp.add(file);
            stamp.add(attributes.size());
            stamp.add(attributes.lastModifiedTime());
            stamp.add(String.valueOf(attributes.fileKey()));
        }
        return stamp;
    }

    /**
     * Removes from the store what none of these closures has. Must not run between {@link #of} and the moment from which
     * its result is among the digests that are kept.
     *
     * @param digests of closures of this or an earlier life of the container
     * @throws IOException if one of them is not known; then nothing is removed
     */
    public void retain(Collection<String> digests) throws IOException {
        lock.lock();
        try {
            store.retain(digests);
            known.values().removeIf(it -> !digests.contains(it.closure().digest()));
        } finally {
            lock.unlock();
        }
    }

    private Found look(Work.BundleWork work) throws IOException {
        if (platform == null) {
            platform = Platform.ofDistribution();
        }
        if (manifests == null) {
            manifests = new ManifestIndex(index);
        }
        List<ManifestIndex.Jar> repositories = new ArrayList<>();
        for (Path repository : work.host().repositories()) {
            repositories.addAll(manifests.scan(repository));
        }
        List<ManifestIndex.Jar> distribution = manifests.scan(system);
        try {
            manifests.save();
        } catch (IOException e) {
            LOG.warn("the next start reads all manifests again: {}", e.toString());
        }
        List<Bundle> installed = new ArrayList<>();
        for (Bundle each : context.getBundles()) {
            BundleRevision revision = each.adapt(BundleRevision.class);
            // An uninstalled one has none.
            if (revision != null
                    && each.getBundleId() != Constants.SYSTEM_BUNDLE_ID
                    && !CONTAINER.contains(each.getSymbolicName())
                    && ((revision.getTypes() & BundleRevision.TYPE_FRAGMENT) == 0 || isAttached(each))) {
                installed.add(each);
            }
        }
        return new Found(platform.classPath(system), platform.bundles(system), repositories, installed, distribution);
    }

    private static boolean isAttached(Bundle fragment) {
        BundleWiring wiring = fragment.adapt(BundleWiring.class);
        return wiring != null
                && wiring.getRequiredWires(HostNamespace.HOST_NAMESPACE).stream()
                        .anyMatch(wire -> wire.getProvider().getBundle().getBundleId() != Constants.SYSTEM_BUNDLE_ID);
    }

    private static List<Object> stamp(Found found, Bundle job, Path file) throws IOException {
        List<Object> stamp = new ArrayList<>();
        if (job != null) {
            stamp.add(List.of(job.getBundleId(), job.getLastModified()));
        } else {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            stamp.add(List.of(
                    file, attributes.size(), attributes.lastModifiedTime(), String.valueOf(attributes.fileKey())));
        }
        for (Path each : found.classPath()) {
            stamp.add(List.of(each, Files.size(each), Files.getLastModifiedTime(each)));
        }
        stamp.add(found.bundles());
        stamp.add(found.repositories());
        stamp.add(found.installed().stream()
                .map(it -> List.of(it.getBundleId(), it.getLastModified()))
                .toList());
        stamp.add(found.distribution());
        return stamp;
    }

    private boolean isThere(Closure closure) {
        return closure.classPath().stream().allMatch(store::has)
                && closure.bundles().stream().map(Order.BundleFile::file).allMatch(store::has);
    }

    private Candidate ofFile(Path file, String location) throws IOException, RefusedException {
        // Read from the store, where it does not change between this and the run.
        Path kept = store.add(new Content.Jar(file)).file();
        Map<String, String> headers;
        try {
            headers = Headers.of(kept);
        } catch (java.util.zip.ZipException e) {
            throw new RefusedException("the bundle " + location + " cannot be read: " + e.getMessage(), "replace it");
        }
        return job(headers, location, new Content.Jar(kept));
    }

    private static Candidate ofBundle(Bundle bundle) throws IOException, RefusedException {
        return job(Headers.of(bundle), bundle.getLocation(), new Content.Installed(bundle));
    }

    private static Candidate job(Map<String, String> headers, String location, Content content)
            throws RefusedException {
        if (!Headers.isBundle(headers)) {
            throw new RefusedException(location + " cannot be a job: it is no bundle", "give it a Bundle-SymbolicName");
        }
        if (Headers.isFragment(headers)) {
            throw new RefusedException(location + " cannot be a job: it is a fragment", "define the job in its host");
        }
        try {
            return new Candidate(Origin.JOB, headers, location, content);
        } catch (BundleException e) {
            throw new RefusedException(
                    location + " cannot be a job: its manifest says: " + e.getMessage(), "correct it");
        }
    }

    private Closure make(Candidate job, Found found) throws IOException, RefusedException {
        Set<String> reserved = new HashSet<>();
        for (Path each : found.classPath()) {
            reserved.add(Headers.of(each)
                    .getOrDefault(Constants.BUNDLE_SYMBOLICNAME, "")
                    .split(";", 2)[0]
                    .strip());
        }
        Candidate host = platform.host(
                found.classPath(),
                context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                        .adapt(BundleRevision.class)
                        .getDeclaredCapabilities(NativeNamespace.NATIVE_NAMESPACE));
        List<Candidate> always = new ArrayList<>();
        for (Path each : found.bundles()) {
            candidate(Origin.PLATFORM, Headers.of(each), each.toUri().toString(), new Content.Jar(each))
                    .ifPresent(always::add);
        }
        if (always.size() != found.bundles().size()) {
            throw new IOException("a jar of the platform is no bundle; install the distribution again");
        }
        always.add(job);
        List<Candidate> others = new ArrayList<>();
        for (ManifestIndex.Jar each : found.repositories()) {
            candidate(each, Origin.REPOSITORY).ifPresent(others::add);
        }
        for (Bundle each : found.installed()) {
            Content content = new Content.Installed(each);
            if (!content.equals(job.content())) {
                candidate(Origin.INSTALLED, Headers.of(each), each.getLocation(), content)
                        .ifPresent(others::add);
            }
        }
        for (ManifestIndex.Jar each : found.distribution()) {
            // What a fragment of the distribution is for, only its container knows.
            if (!Headers.isFragment(each.headers())) {
                candidate(each, Origin.SYSTEM).ifPresent(others::add);
            }
        }
        // What is on the class path is exported by the host; a job may still bring another version of a library.
        others.removeIf(it -> CONTAINER.contains(it.name())
                || reserved.contains(it.name())
                        && (it.origin() != Origin.REPOSITORY
                                || OURS.matcher(it.name()).matches()));
        ServiceReference<Resolver> reference = context.getServiceReference(Resolver.class);
        Resolver resolver = reference == null ? null : context.getService(reference);
        if (resolver == null) {
            throw new IOException("the container's framework has no resolver; run it on Felix");
        }
        try {
            return keep(Selection.of(resolver, host, always, others), job, host, found.classPath());
        } finally {
            context.ungetService(reference);
        }
    }

    private static Optional<Candidate> candidate(ManifestIndex.Jar jar, Origin origin) {
        return candidate(origin, jar.headers(), jar.file().toUri().toString(), new Content.Jar(jar.file()));
    }

    private static Optional<Candidate> candidate(
            Origin origin, Map<String, String> headers, String location, Content content) {
        try {
            return Headers.isBundle(headers)
                    ? Optional.of(new Candidate(origin, headers, location, content))
                    : Optional.empty();
        } catch (BundleException e) {
            LOG.warn("{} is left out of every host: its manifest says: {}", location, e.getMessage());
            return Optional.empty();
        }
    }

    private Closure keep(Selection selection, Candidate job, Candidate host, List<Path> platformJars)
            throws IOException, RefusedException {
        List<Store.Stored> kept = new ArrayList<>();
        List<Path> classPath = new ArrayList<>();
        for (Path each : platformJars) {
            Store.Stored stored = store.add(new Content.Jar(each));
            kept.add(stored);
            classPath.add(stored.file());
        }
        Map<Candidate, Path> files = new LinkedHashMap<>();
        List<Order.BundleFile> bundles = new ArrayList<>();
        Set<String> locations = new HashSet<>();
        for (Candidate each : selection.bundles()) {
            Store.Stored stored = store.add(each.content());
            if (!Headers.of(stored.file()).equals(each.headers())) {
                throw new IOException(each + " was changed while it was read; start the job again");
            }
            kept.add(stored);
            files.put(each, stored.file());
            String location =
                    locations.add(each.location()) ? each.location() : each.location() + "#" + stored.digest();
            bundles.add(new Order.BundleFile(stored.file(), location, each == job));
        }
        Optional<String> plain = FlatClassPath.objection(classPath, files, selection.wires());
        if (plain.isEmpty()) {
            files.values().stream().filter(it -> !classPath.contains(it)).forEach(classPath::add);
        }
        Services services = Services.of(selection, files);
        String digest = digest(kept, bundles, plain.isEmpty());
        store.list(digest, kept.stream().map(Store.Stored::digest).toList());
        return new Closure(
                digest,
                bundles,
                classPath,
                plain.isEmpty(),
                plain,
                SystemPackages.of(host, selection.bundles()),
                services.pids(),
                services.unsatisfied());
    }

    private static String digest(List<Store.Stored> kept, List<Order.BundleFile> bundles, boolean connect) {
        MessageDigest digest = Digests.sha256();
        for (Store.Stored each : kept) {
            digest.update((each.digest() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        for (Order.BundleFile each : bundles) {
            digest.update((each.location() + "\n" + each.job() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        digest.update((byte) (connect ? 1 : 0));
        return Digests.hex(digest);
    }
}
