package org.lares.sandbox;

import java.util.List;

/** Why a process cannot be made as things stand: each step caused by the next, the last with the remedy. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> steps;

    public RefusedException(String reason, String remedy) {
        this(List.of(reason + "; " + remedy));
    }

    public RefusedException(List<String> steps) {
        super(String.join(": ", steps));
        this.steps = List.copyOf(steps);
    }

    public List<String> steps() {
        return steps;
    }
}
