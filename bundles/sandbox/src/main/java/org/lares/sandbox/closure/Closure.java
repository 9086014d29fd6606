package org.lares.sandbox.closure;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lares.xpc.host.Order;

/**
 * Everything that the host of one job needs, as files that never change.
 *
 * @param digest SHA-256 in hex over the content and the order of all of it
 * @param bundles in the order of their installation, the platform's first, the job's last
 * @param classPath of the JVM: the platform's jars, then, if {@code connect}, the bundles' in their order
 * @param connect whether the bundles may share one flat class path (OSGi Connect)
 * @param plainReason why they may not, one sentence; empty if {@code connect}
 * @param properties of the host's framework
 * @param configurationPids of all components in it
 * @param unsatisfied mandatory references and requirements that nothing in the host satisfies, a sentence each; a run
 *     may still do without them, or get them from code that does not declare what it registers
 */
public record Closure(
        String digest,
        List<Order.BundleFile> bundles,
        List<Path> classPath,
        boolean connect,
        Optional<String> plainReason,
        Map<String, String> properties,
        Set<String> configurationPids,
        List<String> unsatisfied) {

    public Closure {
        bundles = List.copyOf(bundles);
        classPath = List.copyOf(classPath);
        properties = Map.copyOf(properties);
        configurationPids = Set.copyOf(configurationPids);
        unsatisfied = List.copyOf(unsatisfied);
        if (connect == plainReason.isPresent()) {
            throw new IllegalArgumentException("either connect, or a reason why not");
        }
    }
}
