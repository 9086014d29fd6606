package org.lares.sandbox.host;

import java.util.List;
import java.util.Set;
import org.lares.xpc.host.Configuration;

/** The container's configurations, as hosts get them. Any thread. */
interface Configurations {

    /** Without any. */
    Configurations NONE = (pids, locations) -> List.of();

    /**
     * Those that exist, and are not bound to a bundle that is not in the host.
     *
     * @param pids PIDs and factory PIDs
     * @param locations of the host's bundles
     */
    List<Configuration> of(Set<String> pids, Set<String> locations);
}
