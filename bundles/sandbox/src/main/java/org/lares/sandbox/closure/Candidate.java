package org.lares.sandbox.closure;

import java.util.Comparator;
import java.util.Map;
import org.apache.felix.utils.resource.ResourceBuilder;
import org.apache.felix.utils.resource.ResourceImpl;
import org.osgi.framework.BundleException;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.resource.Capability;

/**
 * A bundle that may become part of a host, as its manifest describes it: how a framework has wired it is not seen.
 * Equal only to itself. Not changed after it was made.
 */
final class Candidate extends ResourceImpl {

    /** Where it comes from; earlier ones are preferred. */
    enum Origin {
        /** The system bundle of the host. */
        HOST,
        PLATFORM,
        JOB,
        REPOSITORY,
        INSTALLED,
        SYSTEM
    }

    static final Comparator<Candidate> PREFERENCE = Comparator.comparing(Candidate::origin)
            .thenComparing(Candidate::version, Comparator.reverseOrder())
            .thenComparing(Candidate::name)
            .thenComparing(Candidate::location);

    private final Origin origin;
    private final Map<String, String> headers;
    private final String location;
    private final Content content;
    private final String name;
    private final Version version;

    /**
     * @param content null for the host itself
     * @throws BundleException if the headers are not those of a bundle
     */
    Candidate(Origin origin, Map<String, String> headers, String location, Content content) throws BundleException {
        this.origin = origin;
        this.headers = Map.copyOf(headers);
        this.location = location;
        this.content = content;
        try {
            ResourceBuilder.build(this, location, headers);
        } catch (IllegalArgumentException e) {
            throw new BundleException(e.getMessage(), BundleException.MANIFEST_ERROR, e);
        }
        Capability identity = getCapabilities(IdentityNamespace.IDENTITY_NAMESPACE).stream()
                .findFirst()
                .orElseThrow(() -> new BundleException("no symbolic name", BundleException.MANIFEST_ERROR));
        name = (String) identity.getAttributes().get(IdentityNamespace.IDENTITY_NAMESPACE);
        version = (Version) identity.getAttributes().get(IdentityNamespace.CAPABILITY_VERSION_ATTRIBUTE);
    }

    Origin origin() {
        return origin;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** Under which its framework installs it. */
    String location() {
        return location;
    }

    Content content() {
        return content;
    }

    String name() {
        return name;
    }

    Version version() {
        return version;
    }

    boolean isFragment() {
        return Headers.isFragment(headers);
    }

    boolean isSingleton() {
        return headers.getOrDefault(org.osgi.framework.Constants.BUNDLE_SYMBOLICNAME, "")
                .replace(" ", "")
                .replace("\"", "")
                .contains("singleton:=true");
    }

    /** For people: name and version. */
    @Override
    public String toString() {
        return origin == Origin.HOST ? "the host" : name + " " + version;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
