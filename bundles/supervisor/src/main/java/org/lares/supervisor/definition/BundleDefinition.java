package org.lares.supervisor.definition;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** A bundle's definition: its capability and the property list that it names, as one dictionary. */
final class BundleDefinition {
    static final String LABEL = "label";
    static final String KIND = "kind";
    static final String DEFINITION = "definition";
    /** The keys that a capability may carry, under their own names. */
    static final List<String> SCALARS = List.of(
            "Description",
            "Disabled",
            "ExitTimeOut",
            "Isolation",
            "KeepAlive",
            "LaunchOnlyOnce",
            "QuarantineOnFailure",
            "RunAtLoad",
            "StartInterval",
            "ThrottleInterval",
            "WarmInstances",
            "WatchdogSeconds");

    static final Set<String> UNSET_BY_ZERO = Set.of("QuarantineOnFailure", "StartInterval", "WatchdogSeconds");

    private final Map<String, Object> attributes;
    private final Function<String, Optional<InputStream>> files;
    private final Place place;
    private final Reading reading;

    /** @param place of the bundle, as remarks name it */
    BundleDefinition(
            Place place,
            Map<String, Object> attributes,
            Function<String, Optional<InputStream>> files,
            Reading reading) {
        // In the order of names, so that remarks come in one order.
        this.attributes = new TreeMap<>(attributes);
        this.files = files;
        this.place = place;
        this.reading = reading;
    }

    /** @throws Unreadable if the property list cannot be had */
    Value.Dict read() throws Unreadable {
        kind();
        List<Value.Entry> entries = capability();
        Optional<Value.Dict> list = list();
        if (list.isPresent()) {
            merge(entries, list.get());
        }
        return new Value.Dict(place, entries);
    }

    private void kind() {
        Object kind = attributes.get(KIND);
        if (kind == null) {
            reading.error(place, KIND, "is missing", "write daemon");
            return;
        }
        switch (kind.toString()) {
            case "daemon" -> {}
            case "agent", "login-item" -> later(kind.toString(), "Users and sessions");
            case "xpc-service" -> later(kind.toString(), "Messages");
            default ->
                reading.error(
                        place,
                        KIND,
                        Quote.of(kind.toString()) + " is no known value",
                        "write daemon, agent, xpc-service or login-item");
        }
    }

    private void later(String kind, String issue) {
        reading.error(
                place, KIND, "not yet honoured (issue \"" + issue + "\"): " + kind, "write daemon, or wait for that");
    }

    private List<Value.Entry> capability() {
        List<Value.Entry> entries = new ArrayList<>();
        attributes.forEach((name, value) -> {
            if (name.equals(LABEL)) {
                entries.add(new Value.Entry("Label", place, Loose.value(place, KeyTable.of("Label"), value)));
            } else if (SCALARS.contains(name)) {
                if (!saysNothing(name, value)) {
                    entries.add(new Value.Entry(name, place, Loose.value(place, KeyTable.of(name), value)));
                }
            } else if (!name.equals(KIND) && !name.equals(DEFINITION)) {
                reading.error(
                        place,
                        Quote.shorten(name),
                        "cannot stand in the capability",
                        KeyTable.find("", name).isPresent()
                                ? "put it into the property list that the attribute definition names"
                                : "remove it; known here: label, kind, definition, " + String.join(", ", SCALARS));
            }
        });
        return entries;
    }

    /** Annotations have no null: nothing is written as an empty string, or as 0 where 0 can mean nothing else. */
    static boolean saysNothing(String name, Object value) {
        String text = String.valueOf(value).strip();
        return text.isEmpty() || (UNSET_BY_ZERO.contains(name) && text.matches("0+(\\.0+)?"));
    }

    private Optional<Value.Dict> list() throws Unreadable {
        if (!attributes.containsKey(DEFINITION) || saysNothing(DEFINITION, attributes.get(DEFINITION))) {
            return Optional.empty();
        }
        String path = String.valueOf(attributes.get(DEFINITION)).replaceFirst("^/+", "");
        String where = place.where() + "!/" + path;
        Optional<InputStream> file;
        try {
            file = files.apply(path);
        } catch (UncheckedIOException e) {
            throw DefinitionFile.unreadable(new Place(where, 0), e.getCause());
        }
        if (file.isEmpty()) {
            throw new Unreadable(
                    place,
                    "there is no " + Quote.shorten(path) + " in the bundle, which its capability names as definition",
                    "put it into the bundle or correct the attribute definition");
        }
        try (InputStream stream = file.get()) {
            return Optional.of(PropertyList.read(stream.readNBytes(PropertyList.MAX_BYTES + 1), where));
        } catch (IOException e) {
            throw DefinitionFile.unreadable(new Place(where, 0), e);
        }
    }

    private void merge(List<Value.Entry> entries, Value.Dict list) {
        Fields given = new Fields(new Value.Dict(place, entries));
        for (Value.Entry entry : list.entries()) {
            if (BundleReading.PROGRAM_KEYS.contains(entry.key())) {
                reading.error(
                        entry.at(),
                        entry.key(),
                        "says how a program is run, but this job is a bundle",
                        "remove it, or make a property list of its own for the program");
                continue;
            }
            Optional<Value.Entry> attribute = given.entry(entry.key());
            if (attribute.isEmpty()) {
                entries.add(entry);
            } else if (!same(attribute.get().value(), entry.value())) {
                reading.error(
                        entry.at(),
                        Quote.shorten(entry.key()),
                        "differs from what the bundle's capability says",
                        "say it in one place only");
            }
        }
    }

    private static boolean same(Value left, Value right) {
        return content(left).isPresent() && content(left).equals(content(right));
    }

    private static Optional<Object> content(Value value) {
        if (value instanceof Value.Truth truth) {
            return Optional.of(truth.holds());
        }
        if (value instanceof Value.Whole whole) {
            return Optional.of((double) whole.number());
        }
        if (value instanceof Value.Real real) {
            return Optional.of(real.number());
        }
        return value instanceof Value.Text text ? Optional.of(text.text()) : Optional.empty();
    }
}
