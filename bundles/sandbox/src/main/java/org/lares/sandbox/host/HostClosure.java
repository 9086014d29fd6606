package org.lares.sandbox.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lares.xpc.host.Order.BundleFile;

/**
 * All that the process of an isolated bundle is made of.
 *
 * @param digest of its content and order: equal for equal closures
 * @param bundles in the order of their installation
 * @param classPath of the JVM, absolute
 * @param connect whether the bundles run from the class path; else from their files
 * @param plainReason why they do not
 * @param configurationPids of the configurations that components of it ask for
 * @param unsatisfied for people: what nobody in the process will provide
 */
public record HostClosure(
        String digest,
        List<BundleFile> bundles,
        List<Path> classPath,
        boolean connect,
        Optional<String> plainReason,
        Set<String> configurationPids,
        List<String> unsatisfied) {

    public HostClosure {
        bundles = List.copyOf(bundles);
        classPath = List.copyOf(classPath);
        configurationPids = Set.copyOf(configurationPids);
        unsatisfied = List.copyOf(unsatisfied);
    }
}
