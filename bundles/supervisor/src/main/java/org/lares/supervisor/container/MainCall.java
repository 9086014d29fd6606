package org.lares.supervisor.container;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.lares.host.run.Components;
import org.lares.host.run.Failure;
import org.lares.host.run.MainService;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.supervisor.woven.RunExit;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/**
 * The call of a run's main: once, by whichever of the run's threads takes it first, and what its end makes of the run.
 */
final class MainCall {
    private final MainService main;
    private final Bundle bundle;
    private final Components components;
    private final BooleanSupplier goesOn;
    private final Consumer<RunEnd> end;
    private final AtomicBoolean taken = new AtomicBoolean();

    /**
     * @param goesOn whether the run is not ending yet
     * @param end of the run; the first that is given counts
     */
    MainCall(MainService main, Bundle bundle, Components components, BooleanSupplier goesOn, Consumer<RunEnd> end) {
        this.main = main;
        this.bundle = bundle;
        this.components = components;
        this.goesOn = goesOn;
        this.end = end;
    }

    /** Whether there is a main that nobody has taken. Any thread. */
    boolean awaited() {
        return !taken.get() && main.find().isPresent();
    }

    /** On a thread of the run's, until the main has returned. */
    void callIfThere() {
        take().flatMap(this::fetch).ifPresent(this::call);
    }

    /** Empty if there is none yet, or it was taken already, or the run is ending. */
    Optional<ServiceReference<?>> take() {
        Optional<ServiceReference<?>> reference = main.find();
        return reference.isPresent() && goesOn.getAsBoolean() && taken.compareAndSet(false, true)
                ? reference
                : Optional.empty();
    }

    /**
     * A main that is a delayed component is activated by this. Ends the run if it cannot be had.
     *
     * @param reference taken by this thread
     */
    Optional<Object> fetch(ServiceReference<?> reference) {
        Optional<Object> object = Optional.ofNullable(main.object(reference));
        if (object.isEmpty() && goesOn.getAsBoolean()) {
            end.accept(components
                    .failure(bundle)
                    .map(Failure::ofComponent)
                    .orElseGet(() ->
                            RunEnd.of(Cause.ACTIVATION_FAILED, "the main's service is registered but cannot be had")));
        }
        return object;
    }

    /** @param object fetched by this thread */
    void call(Object object) {
        try {
            int code = 0;
            if (object instanceof Callable<?> callable) {
                code = callable.call() instanceof Number number ? number.intValue() : 0;
            } else {
                ((Runnable) object).run();
            }
            release();
            end.accept(RunEnd.of(Cause.RETURNED, code));
        } catch (RunExit e) {
            return;
        } catch (Throwable e) {
            release();
            if (goesOn.getAsBoolean() || !MainService.isInterruption(e)) {
                end.accept(Failure.of(Cause.THREW, e));
            }
        }
    }

    /** Not once the run is ending: the service then goes anyway, and SCR's locks do not like it from both sides. */
    private void release() {
        if (goesOn.getAsBoolean()) {
            main.release();
        }
    }
}
