package org.lares.sandbox.host;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.lares.job.RunEnd;
import org.lares.job.RunId;

/** The end of one host by the container's force, once, after its stacks are in its log. On the agenda's thread. */
final class Condemnation {
    private static final int SIGQUIT = 3;
    static final int SIGKILL = 9;

    private final HostServices services;
    private final RunId program;
    private RunEnd verdict;

    /** @param program by which the process is known to who made it */
    Condemnation(HostServices services, RunId program) {
        this.services = services;
        this.program = program;
    }

    /** Why it was, if it was. */
    Optional<RunEnd> verdict() {
        return Optional.ofNullable(verdict);
    }

    /**
     * @param over whether it has ended meanwhile
     * @param failed told why it could not be ended
     */
    void speak(RunEnd reason, BooleanSupplier over, Consumer<String> failed) {
        if (verdict != null) {
            return;
        }
        verdict = reason;
        services.programs().signal(program, SIGQUIT);
        // Of no deadline that a late sign of life could meet.
        services.agenda().after(services.times().evidence(), () -> {
            if (!over.getAsBoolean()) {
                services.programs().signal(program, SIGKILL).ifPresent(failed);
            }
        });
    }
}
