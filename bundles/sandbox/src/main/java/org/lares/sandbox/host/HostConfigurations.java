package org.lares.sandbox.host;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer.Configured;
import org.lares.xpc.host.FromContainer.Go;

/** The configurations of one host: all with the word to begin, then what changes. On the agenda's thread. */
final class HostConfigurations {
    private static final int WANTED_PIDS = 1000;

    private final Configurations all;
    private final HostRecord record;

    HostConfigurations(Configurations all, HostRecord record) {
        this.all = all;
        this.record = record;
    }

    private List<Configuration> now() {
        return all.of(record.state().pids(), record.state().locations());
    }

    /**
     * Tells the host to begin its run.
     *
     * @throws IllegalArgumentException if they are too large to be sent; nothing was sent then
     */
    void begin(HostSession line, String run) {
        List<Configuration> given = now();
        line.send(new Go(run, given));
        // Kept after it is said: said twice a host passes it over, but without it the host would wait forever.
        record.keep(record.state().withGone().withGiven(Given.of(given)));
    }

    /** Those that the host asks for; beyond a bound they are passed over. @return whether there are new ones */
    boolean wanted(List<String> more) {
        Set<String> pids = new HashSet<>(record.state().pids());
        more.stream().limit(WANTED_PIDS).forEach(pids::add);
        return pids.size() <= 2 * WANTED_PIDS && record.keep(record.state().withPids(pids));
    }

    /** Whether the host has asked for one of them. */
    boolean concern(Set<String> pids) {
        return pids.stream().anyMatch(record.state().pids()::contains);
    }

    /** @throws IllegalArgumentException if one is too large to be sent */
    void tellChanges(HostSession line) {
        List<Configuration> now = now();
        List<Configuration> changes = Given.changes(record.state().given(), now);
        if (!changes.isEmpty()) {
            changes.forEach(it -> line.send(new Configured(it)));
            record.keep(record.state().withGiven(Given.of(now)));
        }
    }
}
