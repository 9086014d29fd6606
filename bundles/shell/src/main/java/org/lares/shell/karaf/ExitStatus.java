package org.lares.shell.karaf;

/** Carries a verb's exit status through Karaf's shell, which knows only exceptions. */
final class ExitStatus extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int FAILED = 1;

    private final int status;

    ExitStatus(int status) {
        super("exit status " + status, null, false, false);
        this.status = status;
    }

    /** The status that a failed command line ends with; 1 if nothing says which. */
    static int of(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof ExitStatus exit) {
                return exit.status;
            }
        }
        return FAILED;
    }
}
