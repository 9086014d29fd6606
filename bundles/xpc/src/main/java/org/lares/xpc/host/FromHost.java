package org.lares.xpc.host;

import java.net.ProtocolException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a host says to its container. */
public sealed interface FromHost {

    /**
     * The first message of each connection: who it is, and the proof.
     *
     * @param id {@link Order#id}
     * @param ticket the one of the order, or the last that was {@link Kept}
     * @param run the run that lives in it; empty for a spare
     */
    record CheckIn(String id, byte[] ticket, Optional<String> run) implements FromHost {}

    /** The ticket of {@link FromContainer.CheckedIn} is noted; the one before is void. */
    record Kept() implements FromHost {}

    /** The job is active, and its main, if it has one, about to be called. A spare: its framework is up. */
    record Ready() implements FromHost {}

    /** The job reported that it does its work (Run.alive). */
    record Alive() implements FromHost {}

    /** The job listens for these configurations too, by service.pid of a ManagedService or ManagedServiceFactory. */
    record Wanted(List<String> pids) implements FromHost {
        public Wanted {
            pids = List.copyOf(pids);
        }
    }

    /** Something worth knowing that changes nothing. */
    record Note(String text) implements FromHost {}

    /**
     * The last frame: the process ends, and why.
     *
     * @param cause a name of {@code org.lares.job.RunEnd.Cause}
     * @param code exit status where there is one
     * @param detail for people: a message, a stack
     */
    record Last(String cause, Optional<Long> code, String detail) implements FromHost {}

    /** As a value of the wire's data model. */
    default Map<String, Object> message() {
        Map<String, Object> map = new LinkedHashMap<>();
        if (this instanceof CheckIn in) {
            map.put("is", "check-in");
            map.put("id", in.id);
            map.put("ticket", in.ticket);
            in.run.ifPresent(it -> map.put("run", it));
        } else if (this instanceof Kept) {
            map.put("is", "kept");
        } else if (this instanceof Ready) {
            map.put("is", "ready");
        } else if (this instanceof Alive) {
            map.put("is", "alive");
        } else if (this instanceof Wanted wanted) {
            map.put("is", "wanted");
            map.put("pids", wanted.pids);
        } else if (this instanceof Note note) {
            map.put("is", "note");
            map.put("text", note.text);
        } else if (this instanceof Last last) {
            map.put("is", "last");
            map.put("cause", last.cause);
            last.code.ifPresent(it -> map.put("code", it));
            map.put("detail", last.detail);
        }
        return map;
    }

    /**
     * @return empty for a message of a later version
     * @throws ProtocolException if it is no message of this protocol
     */
    static Optional<FromHost> of(Object message) throws ProtocolException {
        Fields fields = Fields.of(message);
        try {
            return switch (fields.text("is")) {
                case "check-in" ->
                    Optional.of(new CheckIn(fields.text("id"), fields.bytes("ticket"), fields.optionalText("run")));
                case "kept" -> Optional.of(new Kept());
                case "ready" -> Optional.of(new Ready());
                case "alive" -> Optional.of(new Alive());
                case "wanted" -> Optional.of(new Wanted(fields.textList("pids")));
                case "note" -> Optional.of(new Note(fields.text("text")));
                case "last" ->
                    Optional.of(new Last(fields.text("cause"), fields.optionalNumber("code"), fields.text("detail")));
                default -> Optional.empty();
            };
        } catch (Fields.Malformed e) {
            throw new ProtocolException(e.getMessage());
        }
    }
}
