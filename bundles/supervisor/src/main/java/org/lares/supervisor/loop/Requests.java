package org.lares.supervisor.loop;

import java.util.Optional;
import java.util.stream.Collectors;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.core.Event;
import org.lares.supervisor.core.RequestId;

/** Which events are requests, and how to name them in an error. */
final class Requests {
    private Requests() {}

    static Optional<RequestId> idOf(DomainEvent event) {
        if (event instanceof DomainEvent.Bootstrap) {
            return ((DomainEvent.Bootstrap) event).request();
        } else if (event instanceof DomainEvent.SetEnabled) {
            return Optional.of(((DomainEvent.SetEnabled) event).request());
        } else if (event instanceof DomainEvent.ShutdownAll) {
            return Optional.of(((DomainEvent.ShutdownAll) event).request());
        } else if (event instanceof DomainEvent.ForJob) {
            return idOf(((DomainEvent.ForJob) event).event());
        }
        return Optional.empty();
    }

    private static Optional<RequestId> idOf(Event event) {
        if (event instanceof Event.Kickstart) {
            return Optional.of(((Event.Kickstart) event).request());
        } else if (event instanceof Event.SignalAsked) {
            return Optional.of(((Event.SignalAsked) event).request());
        } else if (event instanceof Event.EnabledSet) {
            return Optional.of(((Event.EnabledSet) event).request());
        } else if (event instanceof Event.Bootout) {
            return ((Event.Bootout) event).request();
        }
        return Optional.empty();
    }

    /** A shutdown goes on even if nothing can be written; so does what has already happened. */
    static boolean mayBeDropped(DomainEvent event) {
        return !(event instanceof DomainEvent.ShutdownAll);
    }

    static String text(DomainEvent event) {
        if (event instanceof DomainEvent.Bootstrap) {
            return "bootstrap "
                    + ((DomainEvent.Bootstrap) event)
                            .specs().stream()
                                    .map(spec -> spec.label().value())
                                    .collect(Collectors.joining(", "));
        } else if (event instanceof DomainEvent.SetEnabled) {
            DomainEvent.SetEnabled set = (DomainEvent.SetEnabled) event;
            return (set.enabled() ? "enable " : "disable ") + set.label();
        } else if (event instanceof DomainEvent.ForJob) {
            DomainEvent.ForJob job = (DomainEvent.ForJob) event;
            String verb = job.event() instanceof Event.Kickstart
                    ? "kickstart "
                    : job.event() instanceof Event.SignalAsked ? "kill " : "bootout ";
            return verb + job.label();
        }
        return "carry out the request";
    }
}
