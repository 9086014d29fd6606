package org.lares.xpc.host;

import java.net.ProtocolException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a container says to a host. */
public sealed interface FromContainer {

    /**
     * The host is who it says it is.
     *
     * @param ticket for the next check-in, after the container was restarted; good once it is {@link FromHost.Kept}
     */
    record CheckedIn(byte[] ticket) implements FromContainer {}

    /**
     * Begin the run: activate the job. Said once in the life of a host, not again after a reconnection.
     *
     * @param run its id
     * @param configurations all that the closure's components ask for, as far as they exist
     */
    record Go(String run, List<Configuration> configurations) implements FromContainer {
        public Go {
            configurations = List.copyOf(configurations);
        }
    }

    /** Of a configuration that the job asks for: it was made, changed or deleted. */
    record Configured(Configuration configuration) implements FromContainer {}

    /**
     * End the run politely: deactivate, then end the process.
     *
     * @param reason for the job's log
     */
    record Stop(String reason) implements FromContainer {}

    /**
     * A check-in that is not believed; the line is closed after it. A host tries again, as it may have been too early.
     *
     * @param reason for its log
     */
    record Refused(String reason) implements FromContainer {}

    /** As a value of the wire's data model. */
    default Map<String, Object> message() {
        Map<String, Object> map = new LinkedHashMap<>();
        if (this instanceof CheckedIn in) {
            map.put("is", "checked-in");
            map.put("ticket", in.ticket);
        } else if (this instanceof Go go) {
            map.put("is", "go");
            map.put("run", go.run);
            map.put(
                    "configurations",
                    go.configurations.stream().map(Configuration::map).toList());
        } else if (this instanceof Configured configured) {
            map.put("is", "configured");
            map.put("configuration", List.of(configured.configuration.map()));
        } else if (this instanceof Stop stop) {
            map.put("is", "stop");
            map.put("reason", stop.reason);
        } else if (this instanceof Refused refused) {
            map.put("is", "refused");
            map.put("reason", refused.reason);
        }
        return map;
    }

    /**
     * @return empty for a message of a later version
     * @throws ProtocolException if it is no message of this protocol
     */
    static Optional<FromContainer> of(Object message) throws ProtocolException {
        Fields fields = Fields.of(message);
        try {
            return switch (fields.text("is")) {
                case "checked-in" -> Optional.of(new CheckedIn(fields.bytes("ticket")));
                case "go" ->
                    Optional.of(new Go(
                            fields.text("run"),
                            fields.list("configurations").stream()
                                    .map(Configuration::of)
                                    .toList()));
                case "configured" -> Optional.of(new Configured(Configuration.of(fields.single("configuration"))));
                case "stop" -> Optional.of(new Stop(fields.text("reason")));
                case "refused" -> Optional.of(new Refused(fields.text("reason")));
                default -> Optional.empty();
            };
        } catch (Fields.Malformed e) {
            throw new ProtocolException(e.getMessage());
        }
    }
}
