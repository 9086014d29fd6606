package org.lares.supervisor.container;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Namespace;

/** Why a bundle is not ACTIVE, down to the requirement that nobody meets. Any thread may call; nothing is changed. */
final class Obstacles {
    private static final Pattern AT_LEAST = Pattern.compile("\\(version>=([^)]+)\\)");
    private static final Pattern BELOW = Pattern.compile("\\(!\\(version>=([^)]+)\\)\\)");
    /** Providers of providers; deeper is no longer an explanation. */
    private static final int DEPTH = 8;

    private final FrameworkWiring wiring;
    private final FrameworkStartLevel startLevel;

    Obstacles(BundleContext context) {
        Bundle framework = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION);
        wiring = framework.adapt(FrameworkWiring.class);
        startLevel = framework.adapt(FrameworkStartLevel.class);
    }

    /** {@code bundle NAME [ID]}, as all messages name it. */
    static String name(Bundle bundle) {
        return "bundle " + bundle.getSymbolicName() + " [" + bundle.getBundleId() + "]";
    }

    /** One line for people; empty if the bundle is ACTIVE. */
    Optional<String> of(Bundle bundle) {
        int state = bundle.getState();
        if (state == Bundle.ACTIVE) {
            return Optional.empty();
        }
        return Optional.of(name(bundle) + " " + reason(bundle, state));
    }

    /**
     * Of a bundle whose runs are in a process of their own: only that nobody wants it to run is an obstacle. Whether it
     * resolves in this container, and what is started before it here, says nothing about its own process.
     */
    Optional<String> ofIsolated(Bundle bundle) {
        if (bundle.getState() == Bundle.UNINSTALLED) {
            return Optional.of(name(bundle) + " is uninstalled");
        }
        return bundle.adapt(BundleStartLevel.class).isPersistentlyStarted()
                ? Optional.empty()
                : Optional.of(name(bundle) + " is stopped (by hand)");
    }

    private String reason(Bundle bundle, int state) {
        return switch (state) {
            case Bundle.UNINSTALLED -> "is uninstalled";
            case Bundle.STARTING -> "is starting";
            case Bundle.STOPPING -> "is stopping";
            default -> reasonOfRest(bundle, state);
        };
    }

    /** Of a bundle that is installed or resolved and nothing happens to it. */
    private String reasonOfRest(Bundle bundle, int state) {
        List<String> unmet = state == Bundle.INSTALLED ? unmet(bundle) : List.of();
        if (!unmet.isEmpty()) {
            return "is not resolved: " + unmet.get(unmet.size() - 1);
        }
        BundleStartLevel own = bundle.adapt(BundleStartLevel.class);
        if (!own.isPersistentlyStarted()) {
            return "is stopped (by hand)";
        }
        return own.getStartLevel() > startLevel.getStartLevel()
                ? "waits for its start level " + own.getStartLevel()
                : "is to be started but is not; see the container's log for why";
    }

    /**
     * The chain of requirements from the bundle to the one that nobody meets, each caused by the next; empty if all can be
     * met.
     */
    List<String> unmet(Bundle bundle) {
        List<String> chain = new ArrayList<>();
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        if (revision != null) {
            descend(revision, new HashSet<>(), chain);
        }
        return chain;
    }

    /** @return whether something is unmet, the chain to it then being added */
    private boolean descend(BundleRevision revision, Set<BundleRevision> seen, List<String> chain) {
        if (!seen.add(revision) || seen.size() > 1 << DEPTH || chain.size() > DEPTH) {
            return false;
        }
        for (BundleRequirement requirement : revision.getDeclaredRequirements(null)) {
            if (!isMandatory(requirement)) {
                continue;
            }
            Collection<BundleCapability> providers = wiring.findProviders(requirement);
            if (providers.isEmpty()) {
                chain.add("missing " + text(requirement));
                return true;
            }
            if (providers.stream().anyMatch(one -> one.getRevision().getWiring() != null)) {
                continue;
            }
            for (BundleCapability provider : providers) {
                List<String> below = new ArrayList<>();
                if (descend(provider.getRevision(), seen, below)) {
                    chain.add("needs " + text(requirement) + " of "
                            + name(provider.getRevision().getBundle()) + ", which is not resolved: "
                            + below.get(below.size() - 1));
                    chain.addAll(below);
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        var directives = requirement.getDirectives();
        return !Namespace.RESOLUTION_OPTIONAL.equals(directives.get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE))
                && !PackageNamespace.RESOLUTION_DYNAMIC.equals(
                        directives.get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE))
                && Namespace.EFFECTIVE_RESOLVE.equals(directives.getOrDefault(
                        Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE, Namespace.EFFECTIVE_RESOLVE));
    }

    /** {@code package foo.bar [1.0,2)}, {@code osgi.extender org.acme [1.0,2)}. */
    private static String text(BundleRequirement requirement) {
        String namespace = requirement.getNamespace();
        String filter = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        Matcher name = Pattern.compile("\\(" + Pattern.quote(namespace) + "=([^)]+)\\)")
                .matcher(filter);
        if (!name.find()) {
            return namespace + " " + filter;
        }
        Matcher least = AT_LEAST.matcher(filter);
        Matcher below = BELOW.matcher(filter);
        String versions = "";
        if (least.find()) {
            versions = below.find() ? " [" + least.group(1) + "," + below.group(1) + ")" : " " + least.group(1);
        }
        return (namespace.equals(PackageNamespace.PACKAGE_NAMESPACE) ? "package" : namespace) + " " + name.group(1)
                + versions;
    }
}
