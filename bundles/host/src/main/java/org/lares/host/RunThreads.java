package org.lares.host;

import java.util.function.BiConsumer;

/**
 * The threads of the job: its own, and all that are started from there. A group, since what nobody catches in them is the
 * run's matter even if the job has set a default handler, as in the container.
 */
final class RunThreads extends ThreadGroup {
    private final BiConsumer<Thread, Throwable> uncaught;

    RunThreads(String label, BiConsumer<Thread, Throwable> uncaught) {
        super("job " + label);
        this.uncaught = uncaught;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
        uncaught.accept(thread, thrown);
    }
}
