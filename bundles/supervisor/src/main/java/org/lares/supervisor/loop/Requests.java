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
        if (event instanceof DomainEvent.Bootstrap bootstrap) {
            return bootstrap.request();
        } else if (event instanceof DomainEvent.SetEnabled set) {
            return Optional.of(set.request());
        } else if (event instanceof DomainEvent.ShutdownAll all) {
            return Optional.of(all.request());
        } else if (event instanceof DomainEvent.ForJob job) {
            return idOf(job.event());
        }
        return Optional.empty();
    }

    private static Optional<RequestId> idOf(Event event) {
        if (event instanceof Event.Kickstart kickstart) {
            return Optional.of(kickstart.request());
        } else if (event instanceof Event.SignalAsked asked) {
            return Optional.of(asked.request());
        } else if (event instanceof Event.EnabledSet set) {
            return Optional.of(set.request());
        } else if (event instanceof Event.ReleaseAsked release) {
            return Optional.of(release.request());
        } else if (event instanceof Event.Bootout bootout) {
            return bootout.request();
        }
        return Optional.empty();
    }

    /** A shutdown goes on even if nothing can be written; so does what has already happened. */
    static boolean mayBeDropped(DomainEvent event) {
        return !(event instanceof DomainEvent.ShutdownAll);
    }

    static String text(DomainEvent event) {
        if (event instanceof DomainEvent.Bootstrap bootstrap) {
            return "bootstrap "
                    + bootstrap.specs().stream()
                            .map(spec -> spec.label().value())
                            .collect(Collectors.joining(", "));
        } else if (event instanceof DomainEvent.SetEnabled set) {
            return (set.enabled() ? "enable " : "disable ") + set.label();
        } else if (event instanceof DomainEvent.ForJob job) {
            return verb(job.event()) + " " + job.label();
        }
        return "carry out the request";
    }

    private static String verb(Event event) {
        if (event instanceof Event.Kickstart) {
            return "kickstart";
        } else if (event instanceof Event.SignalAsked) {
            return "kill";
        } else if (event instanceof Event.ReleaseAsked) {
            return "release";
        }
        return "bootout";
    }
}
