package org.lares.sandbox.closure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.utils.resource.RequirementImpl;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;

/** How requirements are told apart and named. */
final class Requirements {
    private static final Pattern FLOOR = Pattern.compile("\\((?:bundle-)?version>=([^)]*)\\)");
    private static final Pattern CEILING = Pattern.compile("\\(!\\((?:bundle-)?version>=([^)]*)\\)\\)");

    private Requirements() {}

    /** Whether a framework looks at it when it resolves a bundle. */
    static boolean isResolved(Requirement requirement) {
        String effective = requirement.getDirectives().get(Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE);
        return (effective == null || effective.equals(Namespace.EFFECTIVE_RESOLVE)) && !isDynamic(requirement);
    }

    /** Whether it is about what is there at run time. */
    static boolean isActive(Requirement requirement) {
        return Namespace.EFFECTIVE_ACTIVE.equals(
                requirement.getDirectives().get(Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE));
    }

    static boolean isOptional(Requirement requirement) {
        return RequirementImpl.isOptional(requirement);
    }

    static boolean isDynamic(Requirement requirement) {
        return PackageNamespace.RESOLUTION_DYNAMIC.equals(
                requirement.getDirectives().get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE));
    }

    /** The value that a requirement's filter asks of an attribute; empty if it asks for none. */
    static String asked(Requirement requirement, String attribute) {
        Matcher matcher = Pattern.compile("\\(" + Pattern.quote(attribute) + "=([^)]*)\\)")
                .matcher(filter(requirement));
        return matcher.find() ? matcher.group(1) : "";
    }

    /** For people. */
    static String describe(Requirement requirement) {
        String namespace = requirement.getNamespace();
        String name = asked(requirement, namespace);
        if (namespace.equals(PackageNamespace.PACKAGE_NAMESPACE) && !name.isEmpty()) {
            return "package " + name + versions(requirement);
        }
        if (namespace.equals(BundleNamespace.BUNDLE_NAMESPACE) && !name.isEmpty()) {
            return "bundle " + name + versions(requirement);
        }
        return namespace + " " + filter(requirement);
    }

    private static String versions(Requirement requirement) {
        String filter = filter(requirement);
        Matcher ceiling = CEILING.matcher(filter);
        String below = ceiling.find() ? ceiling.group(1) : "";
        Matcher floor = FLOOR.matcher(ceiling.replaceAll(""));
        String from = floor.find() ? floor.group(1) : "";
        if (from.isEmpty() && below.isEmpty()) {
            return "";
        }
        return below.isEmpty() ? " " + from + " or later" : " [" + from + "," + below + ")";
    }

    private static String filter(Requirement requirement) {
        return requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
    }
}
