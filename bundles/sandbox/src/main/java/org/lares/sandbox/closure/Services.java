package org.lares.sandbox.closure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;

/**
 * What the components of a host are configured by and go without. Judged by what bundles declare: a bundle that
 * registers services in code, and does not say so, is not seen. Target filters are not judged, since configurations
 * change what they match.
 *
 * @param pids of the configurations of all components
 * @param unsatisfied a sentence for each mandatory reference or requirement that nothing provides
 */
record Services(Set<String> pids, List<String> unsatisfied) {
    private static final String SERVICE = "osgi.service";

    /** Any service, chosen by its target alone (OSGi Compendium, 112.3.2). */
    private static final String ANY = "org.osgi.service.component.AnyService";

    /** @param files of the bundles */
    static Services of(Selection selection, Map<Candidate, Path> files) throws IOException {
        Map<Candidate, List<Components.Component>> components = new LinkedHashMap<>();
        Set<String> provided = new HashSet<>(Set.of(ANY));
        for (Candidate bundle : selection.wires().keySet()) {
            for (Capability capability : bundle.getCapabilities(SERVICE)) {
                provided.addAll(strings(capability.getAttributes().get(Constants.OBJECTCLASS)));
            }
        }
        for (Candidate bundle : selection.bundles()) {
            if (bundle.isFragment()) {
                continue;
            }
            List<Components.Component> own = Components.of(bundle.headers(), jars(bundle, selection, files));
            components.put(bundle, own);
            own.stream().filter(Components.Component::enabled).forEach(it -> provided.addAll(it.provides()));
        }
        Set<String> pids = new TreeSet<>();
        Set<String> unsatisfied = new LinkedHashSet<>();
        Set<String> said = new HashSet<>();
        components.forEach((bundle, own) -> own.forEach(component -> {
            pids.addAll(component.pids());
            if (!component.enabled()) {
                return;
            }
            for (Components.Reference need : component.needs()) {
                if (!provided.contains(need.service())) {
                    said.add(need.service());
                    unsatisfied.add("component " + component.name() + " needs a service " + need.service()
                            + (need.target().isEmpty() ? "" : " " + need.target())
                            + " that nothing in its host provides");
                }
            }
        }));
        for (Requirement requirement : selection.unmet()) {
            String service = requirement.getNamespace().equals(SERVICE)
                    ? Requirements.asked(requirement, Constants.OBJECTCLASS)
                    : "";
            if (!provided.contains(service) && !said.contains(service)) {
                unsatisfied.add(requirement.getResource() + " needs "
                        + (service.isEmpty() ? Requirements.describe(requirement) : "a service " + service)
                        + " that nothing in its host provides");
            }
        }
        return new Services(pids, List.copyOf(unsatisfied));
    }

    /** The bundle's own, then those of the fragments that are attached to it. */
    private static List<Path> jars(Candidate bundle, Selection selection, Map<Candidate, Path> files) {
        List<Path> jars = new ArrayList<>(List.of(files.get(bundle)));
        selection.wires().forEach((other, wires) -> {
            if (wires.stream()
                    .anyMatch(wire -> wire.getCapability().getNamespace().equals(HostNamespace.HOST_NAMESPACE)
                            && wire.getProvider().equals(bundle))) {
                jars.add(files.get(other));
            }
        });
        return jars;
    }

    private static List<String> strings(Object value) {
        if (value instanceof Collection<?> several) {
            return several.stream().map(Object::toString).toList();
        }
        return value == null ? List.of() : List.of(value.toString());
    }
}
