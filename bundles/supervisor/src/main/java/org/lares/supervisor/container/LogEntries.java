package org.lares.supervisor.container;

import java.util.Locale;
import java.util.function.LongFunction;
import org.lares.host.run.Stacks;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/**
 * Copies what job bundles log (by slf4j or any other way that ends in the container's log service) to the logs of their
 * runs. Needs {@code org.osgi.service.log}; without it this class does not load.
 */
final class LogEntries implements LogListener, AutoCloseable {
    private final LongFunction<RunLog> logs;
    private final ServiceTracker<LogReaderService, LogReaderService> readers;

    /** @param logs the log of the last run of the bundle with that id, or null */
    LogEntries(BundleContext context, LongFunction<RunLog> logs) {
        this.logs = logs;
        this.readers = new ServiceTracker<>(
                context, LogReaderService.class, new ServiceTrackerCustomizer<LogReaderService, LogReaderService>() {
                    @Override
                    public LogReaderService addingService(ServiceReference<LogReaderService> reference) {
                        LogReaderService reader = context.getService(reference);
                        if (reader != null) {
                            reader.addLogListener(LogEntries.this);
                        }
                        return reader;
                    }

                    @Override
                    public void modifiedService(ServiceReference<LogReaderService> reference, LogReaderService reader) {
                        // Its properties do not matter.
                    }

                    @Override
                    public void removedService(ServiceReference<LogReaderService> reference, LogReaderService reader) {
                        reader.removeLogListener(LogEntries.this);
                        context.ungetService(reference);
                    }
                });
        readers.open();
    }

    @Override
    public void logged(LogEntry entry) {
        Bundle bundle = entry.getBundle();
        RunLog log = bundle == null ? null : logs.apply(bundle.getBundleId());
        if (log == null) {
            return;
        }
        String level = entry.getLogLevel().name().toLowerCase(Locale.ROOT);
        Throwable thrown = entry.getException();
        log.append(level, entry.getMessage() + (thrown == null ? "" : "\n" + Stacks.of(thrown)));
    }

    @Override
    public void close() {
        readers.close();
    }
}
