package org.lares.host.log;

import org.lares.host.log.RunOutput.Severity;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LogService;
import org.osgi.service.log.Logger;

/** The OSGi log service of a host. Any thread. */
public final class OsgiLogService implements LogService {

    /**
     * Sends all that is logged in this JVM by slf4j or java.util.logging to the run's log. To be called before either is
     * used.
     */
    public static void takeAll() {
        // Named, so that slf4j neither searches the class path nor finds the binding of a closure's bundle there.
        System.setProperty("slf4j.provider", Slf4jProvider.class.getName());
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.setProperty(JulConfiguration.PROPERTY, JulConfiguration.class.getName());
    }

    @Override
    public Logger getLogger(String name) {
        return new OsgiLogger(name, Severity.TRACE);
    }

    @Override
    public Logger getLogger(Class<?> type) {
        return getLogger(type.getName());
    }

    @Override
    public <L extends Logger> L getLogger(String name, Class<L> type) {
        return logger(name, Severity.TRACE, type);
    }

    @Override
    public <L extends Logger> L getLogger(Class<?> named, Class<L> type) {
        return getLogger(named.getName(), type);
    }

    @Override
    public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> type) {
        // What the framework's own services tell of their doings belongs to no job: in the container it is not in a
        // run's log.
        boolean system = bundle.getBundleId() == Constants.SYSTEM_BUNDLE_ID;
        return logger(name, system ? Severity.WARN : Severity.TRACE, type);
    }

    private static <L extends Logger> L logger(String name, Severity most, Class<L> type) {
        if (type == Logger.class) {
            return type.cast(new OsgiLogger(name, most));
        }
        if (type == FormatterLogger.class) {
            return type.cast(new OsgiLogger.Formatting(name, most));
        }
        throw new IllegalArgumentException("a logger of type " + type.getName()
                + ": not a type of the log service; use Logger or FormatterLogger");
    }

    private static void write(int level, String message, Throwable thrown) {
        RunOutput.entry(
                switch (level) {
                    case 1 -> Severity.ERROR;
                    case 2 -> Severity.WARN;
                    case 3 -> Severity.INFO;
                    case 4 -> Severity.DEBUG;
                    default -> Severity.TRACE;
                },
                message,
                thrown);
    }

    @Override
    @Deprecated
    public void log(int level, String message) {
        write(level, message, null);
    }

    @Override
    @Deprecated
    public void log(int level, String message, Throwable thrown) {
        write(level, message, thrown);
    }

    @Override
    @Deprecated
    public void log(ServiceReference<?> about, int level, String message) {
        write(level, message, null);
    }

    @Override
    @Deprecated
    public void log(ServiceReference<?> about, int level, String message, Throwable thrown) {
        write(level, message, thrown);
    }
}
