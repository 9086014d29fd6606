package org.lares.supervisor.container;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.BiConsumer;

/**
 * The thread group of a job, over all its runs, for the sake of {@link #uncaughtException}: on Java 17 a thread group is never collected, so there is one for each label
 * and not one for each run. Threads that outlive their run are abandoned: they count for no later one.
 */
final class JobGroup extends ThreadGroup {
    private final Set<Thread> abandoned = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
    private volatile BiConsumer<Thread, Throwable> uncaught = (thread, thrown) -> {};

    JobGroup(String name) {
        super(name);
    }

    /** @param handler for what nobody catches in a thread of the live run */
    void uncaught(BiConsumer<Thread, Throwable> handler) {
        uncaught = handler;
    }

    void abandon(Collection<Thread> threads) {
        abandoned.addAll(threads);
    }

    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
        if (abandoned.contains(thread)) {
            super.uncaughtException(thread, thrown);
        } else {
            uncaught.accept(thread, thrown);
        }
    }
}
