package org.lares.sandbox.host;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.lares.job.Label;
import org.lares.job.Work.BundleWork;
import org.lares.sandbox.RefusedException;
import org.lares.sandbox.closure.Closure;

/** Makes closures, one at a time, and keeps count of those that are in use. On threads that may wait. */
final class Resolver {
    private final ClosureSource source;
    /** Digests of the hosts that are there. */
    private final Supplier<Set<String>> live;
    /** Of the jobs that are loaded; guarded by this. */
    private final Map<Label, String> current = new HashMap<>();

    Resolver(ClosureSource source, Supplier<Set<String>> live) {
        this.source = source;
        this.live = live;
    }

    /** @param user told the digest before anything else may be removed */
    synchronized Closure of(Label label, BundleWork work, Consumer<String> user) throws IOException, RefusedException {
        Closure closure = source.of(work);
        current.put(label, closure.digest());
        user.accept(closure.digest());
        return closure;
    }

    /** As {@link #of}, for whoever only wants to know. What it brought may be removed at once. */
    synchronized Closure look(BundleWork work) throws IOException, RefusedException {
        return source.of(work);
    }

    synchronized void forget(Label label) {
        current.remove(label);
    }

    /** To be called once the hosts of the former life are known. */
    synchronized void retain() throws IOException {
        Set<String> all = new HashSet<>(live.get());
        all.addAll(current.values());
        source.retain(all);
    }
}
