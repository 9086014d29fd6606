package org.lares.sandbox.closure;

import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;

/**
 * What the system bundle of a host exports: of the packages of the JDK, which are most, only those that a bundle of the
 * host imports, optionally too. To find out all of them and to make capabilities of them is a sixth of a host's start.
 */
final class SystemPackages {
    private SystemPackages() {}

    /**
     * Properties of the host's framework (Core 8, 4.2.2), which then has no packages but these; none if one of the bundles
     * may ask for any, by DynamicImport-Package or Require-Bundle of the system bundle.
     *
     * @param host with all that its JDK has
     * @param bundles all others
     */
    static Map<String, String> of(Candidate host, Collection<Candidate> bundles) {
        Set<String> imported = new HashSet<>();
        for (Candidate bundle : bundles) {
            for (Requirement each : bundle.getRequirements(PackageNamespace.PACKAGE_NAMESPACE)) {
                String name = Requirements.asked(each, PackageNamespace.PACKAGE_NAMESPACE);
                if (Requirements.isDynamic(each) || name.isEmpty()) {
                    return Map.of();
                }
                imported.add(name);
            }
            for (Requirement each : bundle.getRequirements(BundleNamespace.BUNDLE_NAMESPACE)) {
                String name = Requirements.asked(each, BundleNamespace.BUNDLE_NAMESPACE);
                if (name.isEmpty() || name.equals(Constants.SYSTEM_BUNDLE_SYMBOLICNAME) || name.equals(host.name())) {
                    return Map.of();
                }
            }
        }
        StringBuilder text = new StringBuilder();
        for (Capability each : host.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE)) {
            Object version = each.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE);
            String name = String.valueOf(each.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE));
            boolean ofJdk = Version.emptyVersion.equals(version);
            if (ofJdk && !imported.contains(name)) {
                continue;
            }
            text.append(text.length() == 0 ? "" : ",").append(name).append(";version=\"");
            // As Felix says it of the packages of a JDK.
            text.append(
                    ofJdk ? String.format("0.0.0.JavaSE_%03d", Runtime.version().feature()) : version);
            text.append('"');
            String uses = each.getDirectives().get(Namespace.CAPABILITY_USES_DIRECTIVE);
            if (uses != null) {
                text.append(";uses:=\"").append(uses).append('"');
            }
        }
        return Map.of(
                Constants.FRAMEWORK_SYSTEMPACKAGES, text.toString(), Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, "");
    }
}
