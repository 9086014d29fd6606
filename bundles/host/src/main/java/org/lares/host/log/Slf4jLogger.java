package org.lares.host.log;

import org.lares.host.log.RunOutput.Severity;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A logger of slf4j; its name and markers are not written, as in a run's log in the container. */
final class Slf4jLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    Slf4jLogger(String name) {
        this.name = name;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
        FormattingTuple text = MessageFormatter.arrayFormat(pattern, arguments);
        RunOutput.entry(severity(level), text.getMessage(), thrown == null ? text.getThrowable() : thrown);
    }

    private static Severity severity(Level level) {
        return switch (level) {
            case ERROR -> Severity.ERROR;
            case WARN -> Severity.WARN;
            case INFO -> Severity.INFO;
            case DEBUG -> Severity.DEBUG;
            case TRACE -> Severity.TRACE;
        };
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    public boolean isTraceEnabled() {
        return RunOutput.isWritten(Severity.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return RunOutput.isWritten(Severity.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return RunOutput.isWritten(Severity.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return RunOutput.isWritten(Severity.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return RunOutput.isWritten(Severity.ERROR);
    }
}
