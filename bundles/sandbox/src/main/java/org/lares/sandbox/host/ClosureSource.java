package org.lares.sandbox.host;

import java.io.IOException;
import org.lares.job.Work.BundleWork;

/** Finds out what a bundle needs. Called on threads that may wait. */
@FunctionalInterface
public interface ClosureSource {

    /**
     * Resolves the bundle as it is now.
     *
     * @throws IOException if it cannot be resolved or read; the message is for people: what, why and the remedy
     */
    HostClosure of(BundleWork work) throws IOException;
}
