package org.lares.job;

/**
 * A request that was not carried out. The message is for people: {@code cannot <verb> <label>: <reason>; <remedy>}.
 */
public final class JobException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Code code;

    public JobException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public JobException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /** Exit codes of launchctl(1), as far as it has one for the case. */
    public enum Code {
        /** The caller may not do this. */
        NOT_PERMITTED(1),
        /** Already bootstrapped, bad definition, disk full: launchctl's 5, here always with the reason. */
        FAILED(5),
        /** Too many requests wait. */
        BUSY(16),
        /** The command line is wrong. */
        USAGE(64),
        /** The container does not run or does not answer. */
        UNAVAILABLE(69),
        NO_SUCH_DOMAIN(112),
        NO_SUCH_JOB(113),
        /** The domain or the kind of job does not support this. */
        UNSUPPORTED(125);

        private final int exit;

        Code(int exit) {
            this.exit = exit;
        }

        /** The exit status of {@code bin/lares}. */
        public int exit() {
            return exit;
        }
    }
}
