package org.lares.job;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How a run ended, as its runner saw it.
 *
 * @param code exit status where there is one
 * @param signal the signal's number where one ended the process
 * @param detail for people: a message, a stack trace; may have many lines, at most 64 KiB
 * @param leftThreads threads of a run in the container that live on after it; 0 or more
 */
public record RunEnd(Cause cause, OptionalInt code, OptionalInt signal, String detail, int leftThreads) {

    /** SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS (launchd.plist(5): Crashed); numbers of Linux. */
    private static final Set<Integer> CRASH_SIGNALS = Set.of(4, 5, 6, 7, 8, 11, 31);

    /** What ended the run. */
    public enum Cause {
        /** A process exited with a status. */
        EXITED("exited"),
        /** A process was ended by a signal. */
        SIGNALED("signaled"),
        /** A process is gone and the kernel no longer tells how. */
        UNKNOWN("unknown"),
        /** The main of a bundle job returned. */
        RETURNED("returned"),
        /** The main of a bundle job threw. */
        THREW("threw"),
        /** A component or activator of the bundle failed to start. */
        ACTIVATION_FAILED("activation failed"),
        /** An uncaught exception ended one of the job's threads. */
        UNCAUGHT("uncaught exception"),
        /** The job's code called System.exit, Runtime.exit or Runtime.halt. */
        EXIT_CALLED("exit called"),
        /** The watchdog was missed. */
        WATCHDOG("watchdog"),
        /** A run without a main was stopped, and stopped cleanly. */
        STOPPED("stopped"),
        /** The bundle was stopped, updated, refreshed or uninstalled under the run. */
        BUNDLE_STOPPED("bundle stopped"),
        /** It could not be ended; threads of it may still be there. */
        HUNG("could not be ended"),
        /** It was in the container's JVM when that ended. */
        LOST("lost with the container"),
        /** The JVM ran out of memory, or an OutOfMemoryError ended the run. */
        OUT_OF_MEMORY("out of memory"),
        /** The kernel ended it since it exceeded the memory of its {@link Limits}. */
        MEMORY_LIMIT("over its memory limit"),
        /** Its JVM ended without a word and without a signal: Runtime.halt, or _exit in native code. */
        HALTED("halted"),
        /** Native code crashed its JVM. */
        NATIVE_CRASH("native crash"),
        /** Its process did not check in, or not again after the container's restart, and was ended by force. */
        CHECK_IN_LOST("lost check-in"),
        /** The runner could not start it. */
        SPAWN_FAILED("could not be started");

        private final String text;

        Cause(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    public static final int DETAIL_LIMIT = 64 * 1024;

    public RunEnd {
        Objects.requireNonNull(cause, "cause");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(signal, "signal");
        detail = detail.length() > DETAIL_LIMIT ? detail.substring(0, DETAIL_LIMIT) : detail;
        if (leftThreads < 0) {
            throw new IllegalArgumentException("threads left behind: " + leftThreads);
        }
    }

    /** Without threads left behind. */
    public RunEnd(Cause cause, OptionalInt code, OptionalInt signal, String detail) {
        this(cause, code, signal, detail, 0);
    }

    public RunEnd withLeftThreads(int count) {
        return new RunEnd(cause, code, signal, detail, count);
    }

    public static RunEnd exited(int code) {
        return new RunEnd(Cause.EXITED, OptionalInt.of(code), OptionalInt.empty(), "");
    }

    public static RunEnd signaled(int signal) {
        return new RunEnd(Cause.SIGNALED, OptionalInt.empty(), OptionalInt.of(signal), "");
    }

    public static RunEnd of(Cause cause, String detail) {
        return new RunEnd(cause, OptionalInt.empty(), OptionalInt.empty(), detail);
    }

    /** {@link Cause#RETURNED} or {@link Cause#EXIT_CALLED} with a status. */
    public static RunEnd of(Cause cause, int code) {
        return new RunEnd(cause, OptionalInt.of(code), OptionalInt.empty(), "");
    }

    /** launchd.plist(5), SuccessfulExit: exit status 0. A clean stop of a run without a main counts as one. */
    public boolean successful() {
        return cause == Cause.STOPPED || (code.isPresent() && code.getAsInt() == 0);
    }

    /**
     * launchd.plist(5), Crashed: a signal of the crash set; for bundle jobs an exception that nobody caught, a missed
     * watchdog, the end of the memory, a native crash and a lost check-in. SIGKILL and SIGTERM are no crashes.
     */
    public boolean crashed() {
        return switch (cause) {
            case SIGNALED -> CRASH_SIGNALS.contains(signal.orElse(0));
            case THREW, UNCAUGHT, WATCHDOG, OUT_OF_MEMORY, MEMORY_LIMIT, NATIVE_CRASH, CHECK_IN_LOST -> true;
            default -> false;
        };
    }

    /** One line for people: {@code exited with 3}, {@code terminated by signal 9}. */
    public String text() {
        return switch (cause) {
            case EXITED -> "exited with " + code.orElse(0);
            case SIGNALED -> "terminated by signal " + signal.orElse(0);
            case RETURNED -> "returned " + code.orElse(0);
            case EXIT_CALLED -> "called exit(" + code.orElse(0) + ")";
            case HALTED -> "halted with " + code.orElse(0);
            default -> {
                int line = detail.indexOf('\n');
                String first = line < 0 ? detail : detail.substring(0, line);
                yield first.isEmpty() ? cause.text() : cause.text() + ": " + first;
            }
        };
    }
}
