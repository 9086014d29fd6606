package org.lares.supervisor.core;

import java.util.List;

/** Folds the jobs of a domain; to be written. */
public final class DomainMachine {
    private DomainMachine() {}

    public record Step(DomainState next, List<DomainEffect> effects) {}

    public static Step step(DomainState state, DomainEvent event, Time now) {
        throw new UnsupportedOperationException();
    }
}
