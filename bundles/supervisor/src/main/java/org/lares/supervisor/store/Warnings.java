package org.lares.supervisor.store;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is to be said to people about a store, each once and not without bound. Any thread. */
final class Warnings {
    private static final int MOST = 100;

    private final Set<String> said = new LinkedHashSet<>();

    synchronized void add(String warning) {
        if (said.size() < MOST) {
            said.add(warning);
        } else if (said.size() == MOST) {
            said.add("more than " + MOST + " warnings; the rest is left out");
        }
    }

    synchronized List<String> all() {
        return List.copyOf(said);
    }
}
