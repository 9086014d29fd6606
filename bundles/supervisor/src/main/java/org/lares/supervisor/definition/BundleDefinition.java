package org.lares.supervisor.definition;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.lares.job.Isolation;
import org.lares.job.JobKind;
import org.lares.job.Origin;
import org.lares.job.Verification;
import org.lares.job.Work;

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
            "RunAtLoad",
            "StartInterval",
            "ThrottleInterval",
            "WatchdogSeconds");

    private static final Set<String> UNSET_BY_ZERO = Set.of("StartInterval", "WatchdogSeconds");

    /** What says how a program is run has no meaning for a bundle, and would be silently wrong. */
    static final Set<String> PROGRAM_KEYS = Set.of(
            "Program",
            "ProgramArguments",
            "BundleProgram",
            "WorkingDirectory",
            "EnvironmentVariables",
            "UserName",
            "GroupName",
            "InitGroups",
            "Umask",
            "StandardInPath",
            "StandardOutPath",
            "StandardErrorPath",
            "AbandonProcessGroup",
            "Nice",
            "SoftResourceLimits",
            "HardResourceLimits");

    private final Origin.BundleOrigin origin;
    private final Map<String, Object> attributes;
    private final Function<String, Optional<InputStream>> files;
    private final Place place;
    private final Reading reading;

    BundleDefinition(
            Origin.BundleOrigin origin, Map<String, Object> attributes, Function<String, Optional<InputStream>> files) {
        this.origin = origin;
        // In the order of names, so that remarks come in one order.
        this.attributes = new TreeMap<>(attributes);
        this.files = files;
        place = new Place(origin.text(), 0);
        reading = new Reading(origin.text());
    }

    Verification read() {
        kind();
        List<Value.Entry> entries = capability();
        try {
            Optional<Value.Dict> list = list();
            if (list.isPresent()) {
                merge(entries, list.get());
            }
        } catch (Unreadable e) {
            return reading.failed(e);
        }
        Value.Dict dict = new Value.Dict(place, entries);
        new Checking(reading.remarks()).check(dict);
        Fields definition = new Fields(dict);
        if (!definition.has("Label")) {
            reading.error(place, LABEL, "is missing", "add it: the name of the job, such as com.acme.clock");
        }
        isolation(definition);
        Work work = Work.BundleWork.installed(origin.bundleId(), origin.symbolicName(), Isolation.CONTAINER);
        return reading.finish(
                definition,
                JobKind.DAEMON,
                origin,
                Optional.of(work),
                Optional.of(new PolicyReading(definition, reading).policy()));
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
            case "xpc-service" -> later(kind.toString(), "Own process");
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
                entries.add(new Value.Entry("Label", place, value("Label", value)));
            } else if (SCALARS.contains(name)) {
                if (!saysNothing(name, value)) {
                    entries.add(new Value.Entry(name, place, value(name, value)));
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
    private static boolean saysNothing(String name, Object value) {
        String text = String.valueOf(value).strip();
        return text.isEmpty() || (UNSET_BY_ZERO.contains(name) && text.matches("0+(\\.0+)?"));
    }

    /** An attribute as the value it would be in a list; bnd and the framework write one type or another. */
    private Value value(String key, Object given) {
        Set<Type> types = KeyTable.of(key).types();
        Object one = given instanceof Collection<?> many && many.size() == 1
                ? many.iterator().next()
                : given;
        if (one instanceof Object[] array && array.length == 1) {
            one = array[0];
        }
        if (one instanceof Collection || one instanceof Object[]) {
            return new Value.Garbled(place, "is a list of values", "write one value");
        }
        if (one instanceof Boolean truth) {
            return new Value.Truth(place, truth);
        }
        if (one instanceof Number number) {
            return number(number.doubleValue(), number.longValue());
        }
        String text = String.valueOf(one).strip();
        if (types.contains(Type.BOOLEAN) && (text.equals("true") || text.equals("false"))) {
            return new Value.Truth(place, text.equals("true"));
        }
        if (types.contains(Type.INTEGER) && text.matches("[+-]?[0-9]{1,18}(\\.[0-9]{1,9})?")) {
            return text.indexOf('.') < 0
                    ? new Value.Whole(place, Long.parseLong(text))
                    : number(Double.parseDouble(text), (long) Double.parseDouble(text));
        }
        return new Value.Text(place, String.valueOf(one));
    }

    private Value number(double real, long whole) {
        return real == whole ? new Value.Whole(place, whole) : new Value.Real(place, real);
    }

    private Optional<Value.Dict> list() throws Unreadable {
        if (!attributes.containsKey(DEFINITION) || saysNothing(DEFINITION, attributes.get(DEFINITION))) {
            return Optional.empty();
        }
        String path = String.valueOf(attributes.get(DEFINITION)).replaceFirst("^/+", "");
        String where = origin.text() + "!/" + path;
        Optional<InputStream> file = files.apply(path);
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
            if (PROGRAM_KEYS.contains(entry.key())) {
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

    private void isolation(Fields definition) {
        Optional<String> isolation = definition.text("Isolation");
        if (isolation.filter("Process"::equals).isPresent()) {
            isolationLater(definition, "Own process");
        } else if (isolation.filter("Sandbox"::equals).isPresent()) {
            isolationLater(definition, "The sandbox");
        }
    }

    private void isolationLater(Fields definition, String issue) {
        reading.error(
                definition.at("Isolation"),
                "Isolation",
                "not yet honoured (issue \"" + issue + "\"): the bundle would run inside the container",
                "write Container, or wait for that");
    }
}
