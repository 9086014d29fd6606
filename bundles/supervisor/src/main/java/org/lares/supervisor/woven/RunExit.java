package org.lares.supervisor.woven;

/** Unwinds a thread whose code called for the end of the JVM and got the end of its run. */
public final class RunExit extends Error {
    private static final long serialVersionUID = 1L;

    RunExit(int status) {
        super("exit(" + status + ") ended the job's run, not the container", null, false, false);
    }
}
