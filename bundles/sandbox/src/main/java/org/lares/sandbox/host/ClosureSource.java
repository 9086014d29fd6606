package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import org.lares.job.Label;
import org.lares.job.Work.BundleWork;
import org.lares.sandbox.RefusedException;
import org.lares.sandbox.closure.Closure;

/** Finds out what a bundle needs. Called on threads that may wait. */
@FunctionalInterface
public interface ClosureSource {

    /**
     * What it needs as of now; quick while nothing has changed.
     *
     * @throws RefusedException if that cannot be had
     * @throws IOException if it cannot be read or kept; the message is for people
     */
    Closure of(BundleWork work) throws IOException, RefusedException;

    /** The folder of a job's files, there and its own; empty to let them go with the process. */
    default Optional<Path> data(Label label, BundleWork work) throws IOException {
        return Optional.empty();
    }

    /**
     * What none of these closures has may be removed. Never called at the same time as {@link #of}.
     *
     * @param digests of closures
     */
    default void retain(Collection<String> digests) throws IOException {}
}
