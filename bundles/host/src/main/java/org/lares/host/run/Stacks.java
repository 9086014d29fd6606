package org.lares.host.run;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Stacks, as a run's log and its end show them. Any thread may call. */
public final class Stacks {
    /** Frames of a living thread's stack; deeper ones say nothing more about where it hangs. */
    private static final int LIMIT = 60;

    private Stacks() {}

    /** As {@link Throwable#printStackTrace()} writes it. */
    public static String of(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /**
     * Where a thread is now.
     *
     * @param remark about the thread; may be empty
     */
    public static String of(Thread thread, String remark) {
        StringBuilder text = new StringBuilder();
        text.append('"').append(thread.getName()).append("\" ").append(thread.getState());
        if (!remark.isEmpty()) {
            text.append(" (").append(remark).append(')');
        }
        text.append('\n');
        StackTraceElement[] stack = thread.getStackTrace();
        for (int i = 0; i < Math.min(stack.length, LIMIT); i++) {
            text.append("    at ").append(stack[i]).append('\n');
        }
        return text.toString();
    }
}
