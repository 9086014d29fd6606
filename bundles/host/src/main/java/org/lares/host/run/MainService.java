package org.lares.host.run;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.lares.job.Label;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/**
 * The main of a job: the service of type {@link Callable} or {@link Runnable} that its bundle registers. Of several, the
 * one with the label as its property {@code org.lares.label}, or {@code label} as {@code @LaunchDaemon} gives it.
 * {@link #object} and {@link #release} are for one thread, the other methods for any.
 */
public final class MainService {
    private static final List<String> TYPES = List.of(Callable.class.getName(), Runnable.class.getName());
    private static final List<String> LABELS = List.of("org.lares.label", "label");

    /** Which services are worth a look. */
    public static final String FILTER = "(|(" + Constants.OBJECTCLASS + "=" + TYPES.get(0) + ")("
            + Constants.OBJECTCLASS + "=" + TYPES.get(1) + "))";

    private final Bundle bundle;
    private final Label label;
    private ServiceReference<?> held;
    private BundleContext holder;

    public MainService(Bundle bundle, Label label) {
        this.bundle = bundle;
        this.label = label;
    }

    /** Empty if there is none, or several of which none is labelled. */
    public Optional<ServiceReference<?>> find() {
        ServiceReference<?>[] all;
        try {
            all = bundle.getRegisteredServices();
        } catch (IllegalStateException e) {
            // Uninstalled in this moment.
            return Optional.empty();
        }
        if (all == null) {
            return Optional.empty();
        }
        List<ServiceReference<?>> candidates = new ArrayList<>();
        for (ServiceReference<?> reference : all) {
            List<String> types = Arrays.asList((String[]) reference.getProperty(Constants.OBJECTCLASS));
            if (TYPES.stream().anyMatch(types::contains)) {
                if (LABELS.stream().anyMatch(key -> label.value().equals(reference.getProperty(key)))) {
                    return Optional.of(reference);
                }
                candidates.add(reference);
            }
        }
        return candidates.size() == 1 ? Optional.of(candidates.get(0)) : Optional.empty();
    }

    /**
     * Fetched as the bundle itself would: SCR activates a delayed component in this call, on this thread.
     *
     * @return null if it could not be activated, or is gone
     */
    public Object object(ServiceReference<?> reference) {
        holder = bundle.getBundleContext();
        if (holder == null) {
            return null;
        }
        held = reference;
        return holder.getService(reference);
    }

    /** Gives back what {@link #object} fetched; does nothing if there is nothing. */
    public void release() {
        try {
            if (held != null) {
                holder.ungetService(held);
            }
        } catch (IllegalStateException e) {
            // The bundle was stopped meanwhile, and with it all that it held.
            held = null;
        }
    }

    /** Whether a worker of some pool threw it: the pool replaces its worker and goes on. */
    public static boolean isPooled(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals("java.util.concurrent.ThreadPoolExecutor$Worker"));
    }

    /** Whether it is what an interrupted call throws, or wraps that. */
    public static boolean isInterruption(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 16; depth++, cause = cause.getCause()) {
            if (cause instanceof InterruptedException
                    || cause instanceof InterruptedIOException
                    || cause instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return false;
    }
}
