package org.lares.host;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.lares.host.run.LogText;

/**
 * The run's log, which is standard error of this process. Written to the descriptor itself: the job may have replaced
 * {@code System.err}. Any thread may call.
 */
final class Log {
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.err), false, StandardCharsets.UTF_8);

    private Log() {}

    /** About the run itself. */
    static void lifecycle(String text) {
        append(LogText.LIFECYCLE, text);
    }

    static void warn(String text) {
        append("warn", text);
    }

    static void error(String text) {
        append("error", text);
    }

    private static void append(String level, String text) {
        byte[] line = LogText.line(level, text).getBytes(StandardCharsets.UTF_8);
        // In one write(2), so that lines of several processes and threads do not mix.
        OUT.write(line, 0, line.length);
        OUT.flush();
    }
}
