package org.lares.sandbox.closure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lares.sandbox.RefusedException;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Wire;
import org.osgi.service.resolver.ResolutionException;
import org.osgi.service.resolver.Resolver;

/**
 * The bundles of one host.
 *
 * @param bundles in the order of their installation, the job's last
 * @param wires as the host's framework will make them
 * @param unmet requirements about run time that nothing in the host satisfies
 */
record Selection(List<Candidate> bundles, Map<Candidate, List<Wire>> wires, List<Requirement> unmet) {

    private static final String JOB_CAPABILITY = "org.lares.job";

    /**
     * @param host the system bundle of the host
     * @param always the platform's bundles and the job's, in this order
     * @param others what else there is to choose from
     */
    static Selection of(Resolver resolver, Candidate host, List<Candidate> always, Collection<Candidate> others)
            throws RefusedException {
        Map<String, Candidate> distinct = new LinkedHashMap<>();
        Stream.concat(always.stream(), others.stream().sorted(Candidate.PREFERENCE))
                .forEach(it -> distinct.putIfAbsent(identity(it), it));
        Candidate job = always.get(always.size() - 1);
        if (distinct.get(identity(job)) != job) {
            throw new RefusedException(
                    job + " is part of every host", "give the job's bundle a name and a version of its own");
        }
        Set<String> system = others.stream()
                .filter(it -> it.origin() == Candidate.Origin.SYSTEM)
                .map(Selection::identity)
                .collect(Collectors.toSet());
        List<Candidate> pool = new ArrayList<>(distinct.values());
        pool.add(host);
        Set<Candidate> roots = new LinkedHashSet<>(always);
        roots.add(host);
        while (true) {
            Map<Candidate, List<Wire>> wires = resolve(resolver, pool, roots, false, job);
            Candidate rival = rival(wires.keySet(), roots);
            if (rival != null) {
                pool.remove(rival);
                continue;
            }
            List<Requirement> unmet = unmet(resolver, wires.keySet());
            Candidate provider = provider(
                    new Resolution(resolver, pool, false),
                    unmet,
                    it -> !wires.containsKey(it) && isOfTheJob(it, system));
            if (provider == null) {
                return made(resolver, host, job, always, wires.keySet(), unmet);
            }
            roots.add(provider);
        }
    }

    private static Selection made(
            Resolver resolver,
            Candidate host,
            Candidate job,
            List<Candidate> always,
            Set<Candidate> chosen,
            List<Requirement> unmet)
            throws RefusedException {
        Set<Candidate> all = new LinkedHashSet<>(chosen);
        all.add(host);
        Map<Candidate, List<Wire>> wires = resolve(
                resolver, all, all.stream().filter(it -> !it.isFragment()).toList(), true, job);
        List<Candidate> bundles = chosen.stream()
                .filter(it -> it != host)
                .sorted(Comparator.<Candidate, Boolean>comparing(it -> it == job)
                        .thenComparing(Candidate::origin)
                        .thenComparing(it -> always.indexOf(it))
                        .thenComparing(Candidate.PREFERENCE))
                .toList();
        return new Selection(bundles, wires, unmet);
    }

    private static Map<Candidate, List<Wire>> resolve(
            Resolver resolver, Collection<Candidate> pool, Collection<Candidate> roots, boolean closed, Candidate job)
            throws RefusedException {
        Resolution resolution = new Resolution(resolver, pool, closed);
        try {
            return resolution.resolve(roots);
        } catch (ResolutionException e) {
            for (Candidate root : roots) {
                List<String> chain = resolution.missing(root);
                if (!chain.isEmpty()) {
                    throw new RefusedException(chain);
                }
            }
            throw new RefusedException(
                    job + " cannot be resolved: " + e.getMessage(),
                    "make its imports agree, or put other versions into a folder of the job's Repositories");
        }
    }

    /** The less preferred of two bundles of one name of which a framework resolves only one; null if there are none. */
    private static Candidate rival(Set<Candidate> chosen, Set<Candidate> roots) throws RefusedException {
        Map<String, Candidate> singletons = new LinkedHashMap<>();
        for (Candidate each : chosen.stream().sorted(Candidate.PREFERENCE).toList()) {
            if (!each.isSingleton()) {
                continue;
            }
            Candidate other = singletons.putIfAbsent(each.name(), each);
            if (other == null) {
                continue;
            }
            if (!roots.contains(each)) {
                return each;
            }
            if (!roots.contains(other)) {
                return other;
            }
            throw new RefusedException(
                    each + " and " + other + " cannot be in one host: both are singletons", "leave one of them out");
        }
        return null;
    }

    private static List<Requirement> unmet(Resolver resolver, Set<Candidate> chosen) {
        Resolution inside = new Resolution(resolver, chosen, true);
        return chosen.stream()
                .flatMap(it -> it.getRequirements(null).stream())
                .filter(it -> Requirements.isActive(it) && !Requirements.isOptional(it))
                .filter(it -> inside.providers(it).isEmpty())
                .toList();
    }

    /** The only bundle that has what one of the requirements asks for; null if each has none or several. */
    private static Candidate provider(Resolution pool, List<Requirement> unmet, Predicate<Candidate> eligible) {
        for (Requirement requirement : unmet) {
            Map<String, Candidate> byName = new LinkedHashMap<>();
            Set<String> names = new HashSet<>();
            for (Capability capability : pool.providers(requirement)) {
                Candidate candidate = (Candidate) capability.getResource();
                if (eligible.test(candidate)) {
                    byName.putIfAbsent(candidate.name(), candidate);
                    names.add(candidate.name());
                }
            }
            if (names.size() == 1) {
                Candidate only = byName.values().iterator().next();
                if (!only.isFragment() && pool.missing(only).isEmpty()) {
                    return only;
                }
            }
        }
        return null;
    }

    /**
     * A service of the distribution is the container's, and would bring the container into the host; a bundle that
     * defines a job is another job.
     */
    private static boolean isOfTheJob(Candidate candidate, Set<String> system) {
        return switch (candidate.origin()) {
            case REPOSITORY -> candidate.getCapabilities(JOB_CAPABILITY).isEmpty();
            case INSTALLED ->
                candidate.getCapabilities(JOB_CAPABILITY).isEmpty() && !system.contains(identity(candidate));
            case HOST, PLATFORM, JOB, SYSTEM -> false;
        };
    }

    private static String identity(Candidate candidate) {
        return candidate.name() + ":" + candidate.version();
    }
}
