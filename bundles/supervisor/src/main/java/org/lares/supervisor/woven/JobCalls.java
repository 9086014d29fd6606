package org.lares.supervisor.woven;

import java.util.Optional;

/** Who answers the calls of woven code: the supervisor's runner. Called on the job's threads. */
public interface JobCalls {

    /** The bundle's code asked for the end of the JVM. Returns at once; the calling thread is then unwound. */
    void exit(long bundle, int status);

    /** A thread is about to be started by the bundle's code. */
    void starting(long bundle, Thread thread);

    /** A thread was started by a class of the JDK that the bundle's code has just made. */
    void made(long bundle, Thread thread);

    /** Answers who takes note of an executor that the bundle's code makes; empty if no run is live. */
    Optional<ExecutorNotes> executor(long bundle);

    /** The bundle's code hands work to threads that belong to nobody. */
    void unattributed(long bundle, String what);

    /** What there is to know about one executor. */
    interface ExecutorNotes {
        void made(Thread worker);

        /** Called by the worker when it is done with everything. */
        void ended();

        void failed(Throwable thrown);
    }
}
