package org.lares.supervisor.definition;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.lares.job.Remark;
import org.lares.job.Remark.Severity;

/**
 * What an administrator says about a job from outside of its definition: the properties of a configuration. They win over
 * the definition key by key; a dictionary's keys are written with dots ({@code Limits.Memory}). An empty value, or 0 where
 * 0 can mean nothing else, takes the key away from the definition.
 *
 * @param pid of the configuration: what remarks name as the place
 * @param isAwaited whether there is something that is not known yet, and no definition may be taken without it
 */
public record Overlay(String pid, Map<String, Object> properties, boolean isAwaited) {

    /** The factory PID of all such configurations. */
    public static final String FACTORY = "org.lares.job";

    /** Of the PID of each; the label follows. */
    public static final String PID_PREFIX = FACTORY + "~";

    /** What the administration of configurations adds for itself. */
    private static final Predicate<String> FOREIGN =
            name -> name.startsWith("service.") || name.startsWith("felix.fileinstall.") || name.startsWith(".");

    /** The dictionaries of which single keys can be set. */
    private static final Set<String> DICTIONARIES = Set.of("BackOff", "GiveUp", "KeepAlive", "Limits");

    public Overlay {
        Map<String, Object> own = new TreeMap<>();
        properties.forEach((name, value) -> {
            if (!FOREIGN.test(name)) {
                List<?> many = Loose.many(value);
                own.put(name, value.getClass().isArray() ? many : value);
            }
        });
        properties = own;
    }

    public Overlay(String pid, Map<String, Object> properties) {
        this(pid, properties, false);
    }

    /** One of which only the file is there. */
    public static Overlay awaited(String pid) {
        return new Overlay(pid, Map.of(), true);
    }

    /** The keys that can be set, for people and for the document. */
    static List<String> keys() {
        return Stream.concat(
                        Stream.concat(BundleDefinition.SCALARS.stream(), Stream.of("JavaOptions")),
                        DICTIONARIES.stream().flatMap(parent -> KeyTable.namesIn(parent).stream()
                                .map(name -> KeyTable.join(parent, name))
                                .filter(path -> !KeyTable.of(path).types().contains(Type.DICTIONARY))))
                .sorted()
                .toList();
    }

    /** Where each key that is set here was set. */
    Map<String, String> places() {
        Map<String, String> places = new TreeMap<>();
        properties.keySet().forEach(name -> places.put(name, pid));
        return places;
    }

    /** Whether a definition was refused for what stands in the configuration of that PID. */
    public static boolean isAtFault(String pid, List<Remark> remarks) {
        return remarks.stream()
                .anyMatch(remark ->
                        remark.severity() == Severity.ERROR && remark.where().equals(pid));
    }

    /** The definition as it is with this. Remarks are for what cannot be set; {@link Checking} looks at the values. */
    Value.Dict over(Value.Dict definition, List<Remark> remarks) {
        if (isAwaited) {
            remarks.add(new Remark(
                    Severity.ERROR,
                    pid,
                    0,
                    "",
                    "its file is in etc, but Configuration Admin does not have it",
                    "wait if the container has only just begun to start; else mend the file, or remove it"));
            return definition;
        }
        Place place = new Place(pid, 0);
        Value.Dict result = definition;
        Set<String> known = Set.copyOf(keys());
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            String name = property.getKey();
            if (!known.contains(name)) {
                remarks.add(new Remark(
                        Severity.ERROR,
                        pid,
                        0,
                        Quote.shorten(name),
                        "cannot be set by a configuration",
                        "remove it; known here: " + String.join(", ", keys())));
                continue;
            }
            Optional<Value> value = BundleDefinition.saysNothing(name, property.getValue())
                    ? Optional.empty()
                    : Optional.of(Loose.value(place, KeyTable.of(name), property.getValue()));
            result = set(result, name, value, place);
        }
        return result;
    }

    private static Value.Dict set(Value.Dict dict, String path, Optional<Value> value, Place place) {
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        if (value.isEmpty() && dict.find(name).isEmpty()) {
            return dict;
        }
        Optional<Value> now = value;
        if (dot > 0) {
            // A condition of KeepAlive, say, says more than the plain true that it takes the place of.
            Value.Dict inner = dict.find(name)
                    .map(Value.Entry::value)
                    .filter(Value.Dict.class::isInstance)
                    .map(Value.Dict.class::cast)
                    .orElse(new Value.Dict(place, List.of()));
            now = Optional.of(set(inner, path.substring(dot + 1), value, place));
        }
        List<Value.Entry> entries = new ArrayList<>();
        boolean placed = false;
        for (Value.Entry entry : dict.entries()) {
            if (!entry.key().equals(name)) {
                entries.add(entry);
            } else if (now.isPresent() && !placed) {
                entries.add(new Value.Entry(name, dot < 0 ? place : entry.at(), now.get()));
                placed = true;
            }
        }
        if (now.isPresent() && !placed) {
            entries.add(new Value.Entry(name, place, now.get()));
        }
        return new Value.Dict(dict.at(), entries);
    }
}
