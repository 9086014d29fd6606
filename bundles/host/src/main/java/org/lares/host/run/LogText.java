package org.lares.host.run;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** How a run's log looks, wherever it runs. Any thread may call. */
public final class LogText {
    /** Of the lines about the run itself, where others have their severity. */
    public static final String LIFECYCLE = "job";

    /** Frames of a living thread's stack; deeper ones say nothing more about where it hangs. */
    private static final int STACK_LIMIT = 60;

    private LogText() {}

    /**
     * One entry, with the time of now in the zone of this machine and an end of line.
     *
     * @param text may have several lines
     */
    public static String line(String level, String text) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                        Instant.now().truncatedTo(ChronoUnit.MILLIS).atZone(ZoneId.systemDefault()))
                + " " + level + " " + text.stripTrailing() + "\n";
    }

    /** As {@link Throwable#printStackTrace()} writes it. */
    public static String stack(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /**
     * Where a thread is now.
     *
     * @param remark about the thread; may be empty
     */
    public static String stack(Thread thread, String remark) {
        StringBuilder text = new StringBuilder();
        text.append('"').append(thread.getName()).append("\" ").append(thread.getState());
        if (!remark.isEmpty()) {
            text.append(" (").append(remark).append(')');
        }
        text.append('\n');
        StackTraceElement[] stack = thread.getStackTrace();
        for (int i = 0; i < Math.min(stack.length, STACK_LIMIT); i++) {
            text.append("    at ").append(stack[i]).append('\n');
        }
        return text.toString();
    }
}
