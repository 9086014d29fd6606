package org.lares.host.framework;

import org.apache.felix.framework.Logger;
import org.lares.host.log.RunOutput;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** What Felix itself has to say, in the run's log. */
final class FrameworkLog extends Logger {
    @Override
    protected void doLog(Bundle bundle, ServiceReference reference, int level, String message, Throwable thrown) {
        Object about = bundle == null ? reference : bundle;
        RunOutput.append(
                level <= LOG_ERROR ? "error" : level == LOG_WARNING ? "warn" : "info",
                about == null ? message : about + ": " + message,
                thrown);
    }

    @Override
    protected void doLog(int level, String message, Throwable thrown) {
        doLog(null, null, level, message, thrown);
    }
}
