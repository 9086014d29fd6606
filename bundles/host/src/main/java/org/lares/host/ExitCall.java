package org.lares.host;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Who makes the JVM end, seen from within its shutdown hooks: the one thread that runs them. The JVM tells nobody, so
 * this reads its stack: {@code java.lang.Shutdown} runs the hooks on the thread that called {@code Runtime.exit}, or on
 * the one that the JVM made for a signal, which it names {@code SIGTERM handler}.
 *
 * @param thread that runs the hooks
 * @param signal its name if a signal made the JVM end
 * @param stack of the call of {@code exit} and its callers; empty for a signal
 */
record ExitCall(Thread thread, Optional<String> signal, String stack) {
    private static final String HOOKS = "java.lang.Shutdown";
    private static final String HANDLER = " handler";

    /** Empty if the JVM ends since no thread is left but daemons. */
    static Optional<ExitCall> find() {
        for (Map.Entry<Thread, StackTraceElement[]> each :
                Thread.getAllStackTraces().entrySet()) {
            StackTraceElement[] stack = each.getValue();
            if (Arrays.stream(stack)
                    .anyMatch(frame -> frame.getClassName().equals(HOOKS)
                            && frame.getMethodName().equals("runHooks"))) {
                return Optional.of(of(each.getKey(), stack));
            }
        }
        return Optional.empty();
    }

    private static ExitCall of(Thread thread, StackTraceElement[] stack) {
        if (Arrays.stream(stack).anyMatch(frame -> frame.getClassName().startsWith("java.lang.Terminator"))) {
            String name = thread.getName();
            String signal = name.endsWith(HANDLER) ? name.substring(0, name.length() - HANDLER.length()) : "a signal";
            return new ExitCall(thread, Optional.of(signal), "");
        }
        StringBuilder text = new StringBuilder("in thread \"" + thread.getName() + "\"\n");
        boolean called = false;
        for (StackTraceElement frame : stack) {
            called |= frame.getMethodName().equals("exit") && isExit(frame.getClassName());
            if (called) {
                text.append("    at ").append(frame).append('\n');
            }
        }
        return new ExitCall(thread, Optional.empty(), text.toString());
    }

    private static boolean isExit(String type) {
        return type.equals("java.lang.Runtime") || type.equals("java.lang.System");
    }

    /** Whether the thread waits for the JVM's end in a call of {@code exit}, of which it never comes back. */
    static boolean isIn(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(HOOKS)
                        && frame.getMethodName().equals("exit"));
    }
}
