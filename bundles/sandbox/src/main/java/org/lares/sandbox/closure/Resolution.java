package org.lares.sandbox.closure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.felix.utils.resource.CapabilitySet;
import org.apache.felix.utils.resource.RequirementImpl;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.resource.Wire;
import org.osgi.resource.Wiring;
import org.osgi.service.resolver.HostedCapability;
import org.osgi.service.resolver.ResolutionException;
import org.osgi.service.resolver.ResolveContext;
import org.osgi.service.resolver.Resolver;

/**
 * A choice among candidates: which of them some roots need. The same candidates give the same choice. Not thread-safe.
 */
final class Resolution {
    private static final int DEEPEST_CHAIN = 20;

    private final Resolver resolver;
    private final List<Candidate> candidates;
    private final boolean closed;
    private final Map<String, CapabilitySet> capabilities = new HashMap<>();
    private final Map<String, Candidate> byIdentity = new HashMap<>();

    /**
     * @param candidates at most one of each name and version
     * @param closed whether all of them are in the host anyway, so that optional requirements may take any
     */
    Resolution(Resolver resolver, Collection<Candidate> candidates, boolean closed) {
        this.resolver = resolver;
        this.candidates = candidates.stream().sorted(Candidate.PREFERENCE).toList();
        this.closed = closed;
        for (Candidate candidate : this.candidates) {
            byIdentity.put(candidate.name() + ":" + candidate.version(), candidate);
            for (Capability capability : candidate.getCapabilities(null)) {
                capabilities
                        .computeIfAbsent(capability.getNamespace(), it -> new CapabilitySet(List.of(it)))
                        .addCapability(capability);
            }
        }
    }

    /**
     * The roots and what they need, with the fragments that attach to any of it.
     *
     * @return how each is wired, the host's system bundle included
     */
    Map<Candidate, List<Wire>> resolve(Collection<Candidate> roots) throws ResolutionException {
        Map<Candidate, List<Wire>> wires = new LinkedHashMap<>();
        resolver.resolve(new Context(roots)).entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.comparing(this::candidate, Candidate.PREFERENCE)))
                .forEach(each -> wires.put(candidate(each.getKey()), each.getValue()));
        return wires;
    }

    /** Who could satisfy a requirement, the preferred one first. */
    List<Capability> providers(Requirement requirement) {
        CapabilitySet set = capabilities.get(requirement.getNamespace());
        if (set == null) {
            return new ArrayList<>();
        }
        return set.match(RequirementImpl.getFilter(requirement), true).stream()
                .sorted(preference())
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** Why a root cannot be resolved, each step caused by the next; empty if nothing is plainly missing. */
    List<String> missing(Candidate root) {
        return missing(root, new HashMap<>(), 0);
    }

    private List<String> missing(Candidate candidate, Map<Candidate, List<String>> seen, int depth) {
        List<String> before = seen.get(candidate);
        if (before != null || depth == DEEPEST_CHAIN) {
            return before == null ? List.of() : before;
        }
        // Those that need each other are not missing because of each other.
        seen.put(candidate, List.of());
        for (Requirement requirement : candidate.getRequirements(null)) {
            if (!Requirements.isResolved(requirement) || Requirements.isOptional(requirement)) {
                continue;
            }
            List<String> chain = missing(candidate, requirement, seen, depth);
            if (!chain.isEmpty()) {
                seen.put(candidate, chain);
                return chain;
            }
        }
        return List.of();
    }

    private List<String> missing(
            Candidate candidate, Requirement requirement, Map<Candidate, List<String>> seen, int depth) {
        List<Capability> providers = providers(requirement);
        if (providers.isEmpty()) {
            return List.of(candidate + " needs " + Requirements.describe(requirement)
                    + ", which no bundle has that its host could get; put one that has it into a folder of the job's"
                    + " Repositories");
        }
        List<String> first = List.of();
        for (Capability provider : providers) {
            List<String> chain = missing(candidate(provider.getResource()), seen, depth + 1);
            if (chain.isEmpty()) {
                return List.of();
            }
            first = first.isEmpty() ? chain : first;
        }
        List<String> chain = new ArrayList<>();
        chain.add(candidate + " needs " + Requirements.describe(requirement) + " of "
                + candidate(providers.get(0).getResource()));
        chain.addAll(first);
        return chain;
    }

    private Comparator<Capability> preference() {
        return Comparator.<Capability, Candidate.Origin>comparing(
                        it -> candidate(it.getResource()).origin())
                .thenComparing(Resolution::version, Comparator.reverseOrder())
                .thenComparing(it -> candidate(it.getResource()), Candidate.PREFERENCE);
    }

    private static Version version(Capability capability) {
        return capability.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE) instanceof Version version
                ? version
                : Version.emptyVersion;
    }

    /** The resolver may hand back a resource in a wrapping of its own. */
    private Candidate candidate(Resource resource) {
        if (resource instanceof Candidate candidate) {
            return candidate;
        }
        Map<String, Object> identity = resource.getCapabilities(IdentityNamespace.IDENTITY_NAMESPACE)
                .get(0)
                .getAttributes();
        return byIdentity.get(identity.get(IdentityNamespace.IDENTITY_NAMESPACE) + ":"
                + identity.get(IdentityNamespace.CAPABILITY_VERSION_ATTRIBUTE));
    }

    private final class Context extends ResolveContext {
        private final Set<Resource> roots;

        Context(Collection<Candidate> roots) {
            this.roots = new java.util.LinkedHashSet<>(roots);
        }

        @Override
        public Collection<Resource> getMandatoryResources() {
            return roots;
        }

        @Override
        public List<Capability> findProviders(Requirement requirement) {
            List<Capability> providers = providers(requirement);
            if (!closed && Requirements.isOptional(requirement)) {
                providers.removeIf(
                        it -> candidate(it.getResource()).origin().compareTo(Candidate.Origin.REPOSITORY) > 0);
            }
            return providers;
        }

        @Override
        public int insertHostedCapability(List<Capability> inOrder, HostedCapability hosted) {
            Comparator<Capability> preference = preference();
            int at = 0;
            while (at < inOrder.size() && preference.compare(inOrder.get(at), hosted) <= 0) {
                at++;
            }
            inOrder.add(at, hosted);
            return at;
        }

        @Override
        public boolean isEffective(Requirement requirement) {
            return Requirements.isResolved(requirement);
        }

        @Override
        public Map<Resource, Wiring> getWirings() {
            return Map.of();
        }

        @Override
        public Collection<Resource> findRelatedResources(Resource resource) {
            Set<Resource> fragments = new HashSet<>();
            List<Capability> hosts = resource.getCapabilities(HostNamespace.HOST_NAMESPACE);
            List<Resource> related = new ArrayList<>();
            for (Candidate each : candidates) {
                if (!each.isFragment()) {
                    continue;
                }
                for (Requirement requirement : each.getRequirements(HostNamespace.HOST_NAMESPACE)) {
                    if (hosts.stream().anyMatch(host -> CapabilitySet.matches(host, requirement))
                            && fragments.add(each)) {
                        related.add(each);
                    }
                }
            }
            return related;
        }
    }
}
