package org.lares.host;

import org.lares.host.log.RunOutput;

/** What the host itself has to say in the run's log. Any thread may call. */
final class Log {
    private Log() {}

    /** About the run. */
    static void lifecycle(String text) {
        RunOutput.append("job", text, null);
    }

    static void warn(String text) {
        RunOutput.append("warn", text, null);
    }

    static void error(String text) {
        RunOutput.append("error", text, null);
    }
}
