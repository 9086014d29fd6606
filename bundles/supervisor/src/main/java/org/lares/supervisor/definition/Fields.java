package org.lares.supervisor.definition;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Typed access to a dictionary. What is missing, or of another type, is empty: that was said elsewhere. */
record Fields(Value.Dict dict) {

    static final Fields NONE = new Fields(new Value.Dict(new Place("", 0), List.of()));

    Optional<Value.Entry> entry(String key) {
        return dict.find(key);
    }

    boolean has(String key) {
        return entry(key).isPresent();
    }

    /** Where that key stands, else where the whole does. */
    Place at(String key) {
        return entry(key).map(Value.Entry::at).orElse(dict.at());
    }

    Optional<Boolean> truth(String key) {
        return as(key, Value.Truth.class).map(Value.Truth::holds);
    }

    Optional<String> text(String key) {
        return as(key, Value.Text.class).map(Value.Text::text);
    }

    Optional<Long> whole(String key) {
        return as(key, Value.Whole.class).map(Value.Whole::number);
    }

    Optional<Double> number(String key) {
        Optional<Double> real = as(key, Value.Real.class).map(Value.Real::number);
        return real.isPresent() ? real : whole(key).map(Long::doubleValue);
    }

    Optional<Duration> seconds(String key) {
        Optional<Long> whole = whole(key);
        if (whole.isPresent()) {
            return whole.map(Duration::ofSeconds);
        }
        return number(key).map(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)));
    }

    /** The dictionary of that key; empty if there is none. */
    Fields dict(String key) {
        return as(key, Value.Dict.class).map(Fields::new).orElse(NONE);
    }

    /** The strings of that array. */
    Optional<List<Value.Text>> texts(String key) {
        return as(key, Value.Items.class).map(items -> items.values().stream()
                .filter(Value.Text.class::isInstance)
                .map(Value.Text.class::cast)
                .toList());
    }

    Map<String, Boolean> truths() {
        return all(Value.Truth.class, Value.Truth::holds);
    }

    Map<String, String> texts() {
        return all(Value.Text.class, Value.Text::text);
    }

    Map<String, Long> wholes() {
        return all(Value.Whole.class, Value.Whole::number);
    }

    private <V extends Value, T> Map<String, T> all(Class<V> type, java.util.function.Function<V, T> content) {
        Map<String, T> found = new LinkedHashMap<>();
        for (Value.Entry entry : dict.entries()) {
            if (type.isInstance(entry.value())) {
                found.putIfAbsent(entry.key(), content.apply(type.cast(entry.value())));
            }
        }
        return found;
    }

    private <V extends Value> Optional<V> as(String key, Class<V> type) {
        return entry(key).map(Value.Entry::value).filter(type::isInstance).map(type::cast);
    }
}
