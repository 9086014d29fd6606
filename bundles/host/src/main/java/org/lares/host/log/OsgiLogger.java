package org.lares.host.log;

import java.util.Arrays;
import org.lares.host.log.RunOutput.Severity;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LoggerConsumer;
import org.slf4j.helpers.MessageFormatter;

/** A logger of the OSGi log service (Compendium 8, chapter 101): a last argument that is thrown is not formatted. */
class OsgiLogger implements FormatterLogger {
    private final String name;
    private final Severity most;

    /** @param most what matters less is not written, whatever the threshold */
    OsgiLogger(String name, Severity most) {
        this.name = name;
        this.most = most;
    }

    /** With the placeholders of {@link String#format}. */
    static final class Formatting extends OsgiLogger {
        Formatting(String name, Severity most) {
            super(name, most);
        }

        @Override
        String text(String format, Object[] arguments) {
            return String.format(format, arguments);
        }
    }

    String text(String format, Object[] arguments) {
        return MessageFormatter.basicArrayFormat(format, arguments);
    }

    private boolean isWritten(Severity severity) {
        return severity.compareTo(most) <= 0 && RunOutput.isWritten(severity);
    }

    private void log(Severity severity, String format, Object... arguments) {
        if (isWritten(severity)) {
            write(severity.word, format, arguments);
        }
    }

    private void write(String level, String format, Object... arguments) {
        int count = arguments.length;
        Throwable thrown = null;
        while (count > 0
                && (arguments[count - 1] instanceof Throwable || arguments[count - 1] instanceof ServiceReference)) {
            count--;
            if (arguments[count] instanceof Throwable it) {
                thrown = it;
            }
        }
        Object[] used = count == arguments.length ? arguments : Arrays.copyOf(arguments, count);
        RunOutput.append(level, used.length == 0 ? format : text(format, used), thrown);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean isTraceEnabled() {
        return isWritten(Severity.TRACE);
    }

    @Override
    public void trace(String message) {
        log(Severity.TRACE, message);
    }

    @Override
    public void trace(String format, Object argument) {
        log(Severity.TRACE, format, argument);
    }

    @Override
    public void trace(String format, Object first, Object second) {
        log(Severity.TRACE, format, first, second);
    }

    @Override
    public void trace(String format, Object... arguments) {
        log(Severity.TRACE, format, arguments);
    }

    @Override
    public <E extends Exception> void trace(LoggerConsumer<E> consumer) throws E {
        if (isTraceEnabled()) {
            consumer.accept(this);
        }
    }

    @Override
    public boolean isDebugEnabled() {
        return isWritten(Severity.DEBUG);
    }

    @Override
    public void debug(String message) {
        log(Severity.DEBUG, message);
    }

    @Override
    public void debug(String format, Object argument) {
        log(Severity.DEBUG, format, argument);
    }

    @Override
    public void debug(String format, Object first, Object second) {
        log(Severity.DEBUG, format, first, second);
    }

    @Override
    public void debug(String format, Object... arguments) {
        log(Severity.DEBUG, format, arguments);
    }

    @Override
    public <E extends Exception> void debug(LoggerConsumer<E> consumer) throws E {
        if (isDebugEnabled()) {
            consumer.accept(this);
        }
    }

    @Override
    public boolean isInfoEnabled() {
        return isWritten(Severity.INFO);
    }

    @Override
    public void info(String message) {
        log(Severity.INFO, message);
    }

    @Override
    public void info(String format, Object argument) {
        log(Severity.INFO, format, argument);
    }

    @Override
    public void info(String format, Object first, Object second) {
        log(Severity.INFO, format, first, second);
    }

    @Override
    public void info(String format, Object... arguments) {
        log(Severity.INFO, format, arguments);
    }

    @Override
    public <E extends Exception> void info(LoggerConsumer<E> consumer) throws E {
        if (isInfoEnabled()) {
            consumer.accept(this);
        }
    }

    @Override
    public boolean isWarnEnabled() {
        return isWritten(Severity.WARN);
    }

    @Override
    public void warn(String message) {
        log(Severity.WARN, message);
    }

    @Override
    public void warn(String format, Object argument) {
        log(Severity.WARN, format, argument);
    }

    @Override
    public void warn(String format, Object first, Object second) {
        log(Severity.WARN, format, first, second);
    }

    @Override
    public void warn(String format, Object... arguments) {
        log(Severity.WARN, format, arguments);
    }

    @Override
    public <E extends Exception> void warn(LoggerConsumer<E> consumer) throws E {
        if (isWarnEnabled()) {
            consumer.accept(this);
        }
    }

    @Override
    public boolean isErrorEnabled() {
        return isWritten(Severity.ERROR);
    }

    @Override
    public void error(String message) {
        log(Severity.ERROR, message);
    }

    @Override
    public void error(String format, Object argument) {
        log(Severity.ERROR, format, argument);
    }

    @Override
    public void error(String format, Object first, Object second) {
        log(Severity.ERROR, format, first, second);
    }

    @Override
    public void error(String format, Object... arguments) {
        log(Severity.ERROR, format, arguments);
    }

    @Override
    public <E extends Exception> void error(LoggerConsumer<E> consumer) throws E {
        if (isErrorEnabled()) {
            consumer.accept(this);
        }
    }

    @Override
    public void audit(String message) {
        write("audit", message);
    }

    @Override
    public void audit(String format, Object argument) {
        write("audit", format, argument);
    }

    @Override
    public void audit(String format, Object first, Object second) {
        write("audit", format, first, second);
    }

    @Override
    public void audit(String format, Object... arguments) {
        write("audit", format, arguments);
    }
}
