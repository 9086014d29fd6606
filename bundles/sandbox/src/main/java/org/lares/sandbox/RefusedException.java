package org.lares.sandbox;

import java.util.List;

/** Why a program cannot be run as things stand: each step caused by the next, the last with the remedy. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> steps;

    RefusedException(String reason, String remedy) {
        this(List.of(reason + "; " + remedy));
    }

    RefusedException(List<String> steps) {
        super(String.join(": ", steps));
        this.steps = List.copyOf(steps);
    }

    List<String> steps() {
        return steps;
    }
}
