package org.lares.supervisor.store;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.lares.job.JobState;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Usage;
import org.lares.job.Wanted;
import org.lares.supervisor.core.Memory;
import org.lares.supervisor.core.Place;
import org.lares.supervisor.core.Time;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.Limits;

/**
 * The records of the store as maps of {@link Cbor}'s data model. Field names are part of the format: a field that is
 * empty is left out, an unknown one is passed over, and a missing one that must be there is an error.
 */
final class Records {

    /** Characters of a text for people, {@link RunEnd#detail} apart. */
    static final int TEXT_LIMIT = 4096;

    private static final Limits LIMITS = new Limits(1 << 20, 8, 1024);
    private static final String CUT = " ... (cut)";

    private Records() {}

    static Item encode(Write write) {
        if (write instanceof Write.Save save) {
            return item(Item.Kind.SAVE, map("label", save.label().value(), "memory", memory(save.memory())));
        }
        if (write instanceof Write.Ended ended) {
            return item(Item.Kind.ENDED, map("label", ended.label().value(), "record", record(ended.record())));
        }
        return item(Item.Kind.CHANGED, entry(((Write.Changed) write).entry()));
    }

    /** @throws IOException if it is no write of this version of the format; the message says what is wrong with it */
    static Write decode(Item item) throws IOException {
        return decode(item.kind(), fields(item));
    }

    static Write decode(Item.Kind kind, Fields fields) throws IOException {
        try {
            return switch (kind) {
                case SAVE -> new Write.Save(fields.label(), memory(fields.fields("memory")));
                case ENDED -> new Write.Ended(fields.label(), record(fields.fields("record")));
                case CHANGED -> new Write.Changed(entry(fields));
                case RUNS, SNAPSHOT_END -> throw new IllegalArgumentException("a mark of the store is no write");
            };
        } catch (IllegalArgumentException e) {
            throw new IOException("a record of kind " + kind + " has a wrong value: " + e.getMessage(), e);
        }
    }

    static Item encodeRuns(long upTo) {
        return item(Item.Kind.RUNS, map("upTo", upTo));
    }

    static long decodeRuns(Item item) throws IOException {
        return fields(item).number("upTo");
    }

    static Fields fields(Item item) throws IOException {
        return Fields.of(Cbor.decode(item.body(), LIMITS));
    }

    private static Item item(Item.Kind kind, Map<String, Object> fields) {
        return new Item(kind, Cbor.encode(fields));
    }

    private static Map<String, Object> memory(Memory memory) {
        Map<String, Object> map = map("runs", memory.runs(), "successiveCrashes", memory.successiveCrashes());
        memory.enabledOverride().ifPresent(it -> map.put("enabledOverride", it));
        memory.lastStart().ifPresent(it -> map.put("lastStart", time(it)));
        memory.lastAutomaticStart().ifPresent(it -> map.put("lastAutomaticStart", time(it)));
        memory.lastReason().ifPresent(it -> map.put("lastReason", reason(it)));
        memory.onceBootId().ifPresent(it -> map.put("onceBootId", text(it, TEXT_LIMIT)));
        memory.gaveUp().ifPresent(it -> map.put("gaveUp", text(it, TEXT_LIMIT)));
        memory.live().ifPresent(it -> map.put("live", live(it)));
        if (memory.harm().runs() > 0) {
            map.put("harmfulRuns", memory.harm().runs());
        }
        memory.harm().quarantine().ifPresent(it -> map.put("quarantine", text(it, TEXT_LIMIT)));
        memory.settledBootId().ifPresent(it -> map.put("settledBootId", text(it, TEXT_LIMIT)));
        return map;
    }

    private static Memory memory(Fields fields) throws IOException {
        return new Memory(
                fields.optionalFlag("enabledOverride"),
                fields.number("runs"),
                fields.smallNumber("successiveCrashes"),
                fields.optional("lastStart", Records::time),
                fields.optional("lastAutomaticStart", Records::time),
                fields.optional("lastReason", Records::reason),
                fields.optionalText("onceBootId"),
                fields.optionalText("gaveUp"),
                fields.optional("live", Records::live),
                new Memory.Harm(fields.smallNumberOrZero("harmfulRuns"), fields.optionalText("quarantine")),
                fields.optionalText("settledBootId"));
    }

    private static Map<String, Object> live(Memory.Live live) {
        Map<String, Object> map =
                map("run", live.run().value(), "reason", reason(live.reason()), "started", time(live.started()));
        map.put("place", live.place().name());
        live.process()
                .ifPresent(it -> map.put(
                        "process",
                        map("pid", it.pid(), "startTicks", it.startTicks(), "bootId", text(it.bootId(), TEXT_LIMIT))));
        live.stop().ifPresent(it -> map.put("stop", text(it, TEXT_LIMIT)));
        return map;
    }

    private static Memory.Live live(Fields fields) throws IOException {
        return new Memory.Live(
                RunId.of(fields.number("run")),
                reason(fields.fields("reason")),
                time(fields.fields("started")),
                place(fields),
                fields.optional("process", Records::process),
                fields.optionalText("stop"));
    }

    /** What was written before bundles had processes knows two of the three places. */
    private static Place place(Fields fields) throws IOException {
        if (fields.has("place")) {
            return Place.valueOf(fields.text("place"));
        }
        return fields.optionalFlag("inContainer").orElse(false) ? Place.CONTAINER : Place.PROGRAM;
    }

    private static ProcessIdentity process(Fields fields) throws IOException {
        return new ProcessIdentity(fields.number("pid"), fields.number("startTicks"), fields.text("bootId"));
    }

    private static Map<String, Object> record(RunRecord record) {
        Map<String, Object> map = map(
                "run",
                record.run().value(),
                "reason",
                reason(record.reason()),
                "started",
                record.started(),
                "ended",
                record.ended(),
                "end",
                end(record.end()));
        record.stop().ifPresent(it -> map.put("stop", text(it, TEXT_LIMIT)));
        record.usage().ifPresent(it -> map.put("usage", map("cpu", duration(it.cpu()), "memory", it.memory())));
        record.pid().ifPresent(it -> map.put("pid", it));
        return map;
    }

    private static RunRecord record(Fields fields) throws IOException {
        return new RunRecord(
                RunId.of(fields.number("run")),
                reason(fields.fields("reason")),
                fields.instant("started"),
                fields.instant("ended"),
                end(fields.fields("end")),
                fields.optionalText("stop"),
                fields.optional("usage", it -> new Usage(duration(it.fields("cpu")), it.number("memory"))),
                fields.has("pid") ? OptionalLong.of(fields.number("pid")) : OptionalLong.empty());
    }

    private static Map<String, Object> end(RunEnd end) {
        Map<String, Object> map = map("cause", end.cause().name(), "detail", text(end.detail(), RunEnd.DETAIL_LIMIT));
        end.code().ifPresent(it -> map.put("code", it));
        end.signal().ifPresent(it -> map.put("signal", it));
        if (end.leftThreads() > 0) {
            map.put("leftThreads", end.leftThreads());
        }
        return map;
    }

    private static RunEnd end(Fields fields) throws IOException {
        return new RunEnd(
                RunEnd.Cause.valueOf(fields.text("cause")),
                fields.has("code") ? OptionalInt.of(fields.smallNumber("code")) : OptionalInt.empty(),
                fields.has("signal") ? OptionalInt.of(fields.smallNumber("signal")) : OptionalInt.empty(),
                fields.text("detail"),
                fields.smallNumberOrZero("leftThreads"));
    }

    private static Map<String, Object> entry(JournalEntry entry) {
        Map<String, Object> map = map(
                "at", entry.at(),
                "label", entry.label().value(),
                "from", entry.from().name(),
                "to", entry.to().name(),
                "wanted", entry.wanted().name(),
                "cause", text(entry.cause(), TEXT_LIMIT));
        entry.run().ifPresent(it -> map.put("run", it.value()));
        return map;
    }

    private static JournalEntry entry(Fields fields) throws IOException {
        return new JournalEntry(
                fields.instant("at"),
                fields.label(),
                JobState.valueOf(fields.text("from")),
                JobState.valueOf(fields.text("to")),
                Wanted.valueOf(fields.text("wanted")),
                fields.has("run") ? Optional.of(RunId.of(fields.number("run"))) : Optional.empty(),
                fields.text("cause"));
    }

    private static Map<String, Object> reason(StartReason reason) {
        return map("kind", reason.kind().name(), "detail", text(reason.detail(), TEXT_LIMIT));
    }

    private static StartReason reason(Fields fields) throws IOException {
        return new StartReason(StartReason.Kind.valueOf(fields.text("kind")), fields.text("detail"));
    }

    private static Map<String, Object> time(Time time) {
        return map(
                "wall",
                time.wall(),
                "monotonic",
                duration(time.monotonic()),
                "bootId",
                text(time.bootId(), TEXT_LIMIT));
    }

    private static Time time(Fields fields) throws IOException {
        return new Time(fields.instant("wall"), duration(fields.fields("monotonic")), fields.text("bootId"));
    }

    private static Map<String, Object> duration(Duration duration) {
        return map("s", duration.getSeconds(), "ns", duration.getNano());
    }

    private static Duration duration(Fields fields) throws IOException {
        long nanos = fields.number("ns");
        if (nanos < 0 || nanos > 999_999_999) {
            throw new IllegalArgumentException("nanoseconds: " + nanos);
        }
        return Duration.ofSeconds(fields.number("s"), nanos);
    }

    /** Within the limit, a cut being marked, and without halves of surrogate pairs, which UTF-8 cannot write. */
    private static String text(String text, int limit) {
        String shortened = text.length() > limit ? text.substring(0, limit - CUT.length()) + CUT : text;
        for (int i = 0; i < shortened.length(); i++) {
            if (Character.isSurrogate(shortened.charAt(i))) {
                int[] points = shortened
                        .codePoints()
                        .map(it -> it >= Character.MIN_SURROGATE && it <= Character.MAX_SURROGATE ? 0xfffd : it)
                        .toArray();
                return new String(points, 0, points.length);
            }
        }
        return shortened;
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /** A decoded map. Its methods throw an IOException that names the field if it is missing or of another type. */
    record Fields(Map<?, ?> map) {

        /** Reads a part. */
        interface Reader<T> {
            T read(Fields fields) throws IOException;
        }

        static Fields of(Object value) throws IOException {
            if (value instanceof Map<?, ?> map) {
                return new Fields(map);
            }
            throw new IOException("a record is not a map");
        }

        boolean has(String name) {
            return map.containsKey(name);
        }

        Label label() throws IOException {
            return Label.of(text("label"));
        }

        String text(String name) throws IOException {
            return value(name, String.class);
        }

        long number(String name) throws IOException {
            return value(name, Long.class);
        }

        int smallNumber(String name) throws IOException {
            long number = number(name);
            if (number != (int) number) {
                throw new IOException("the field " + name + " of a record is out of range: " + number);
            }
            return (int) number;
        }

        int smallNumberOrZero(String name) throws IOException {
            return has(name) ? smallNumber(name) : 0;
        }

        Instant instant(String name) throws IOException {
            return value(name, Instant.class);
        }

        Fields fields(String name) throws IOException {
            return new Fields(value(name, Map.class));
        }

        Optional<String> optionalText(String name) throws IOException {
            return has(name) ? Optional.of(text(name)) : Optional.empty();
        }

        Optional<Boolean> optionalFlag(String name) throws IOException {
            return has(name) ? Optional.of(value(name, Boolean.class)) : Optional.empty();
        }

        <T> Optional<T> optional(String name, Reader<T> reader) throws IOException {
            return has(name) ? Optional.of(reader.read(fields(name))) : Optional.empty();
        }

        private <T> T value(String name, Class<T> type) throws IOException {
            Object value = map.get(name);
            if (!type.isInstance(value)) {
                throw new IOException("the field " + name + " of a record is "
                        + (value == null ? "missing" : "not of type " + type.getSimpleName()));
            }
            return type.cast(value);
        }
    }
}
