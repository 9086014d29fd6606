package org.lares.supervisor.definition;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Values from where types are loose: the attributes of a capability, the properties of a configuration. */
final class Loose {
    private Loose() {}

    /**
     * As the value would be in a list; bnd, the framework and files of properties write one type or another. Strings for a
     * key whose value is an array are taken apart at white space.
     */
    static Value value(Place place, Key key, Object given) {
        if (key.types().contains(Type.ARRAY)) {
            return items(place, given);
        }
        List<?> many = many(given);
        if (many.size() != 1) {
            return new Value.Garbled(place, "is a list of values", "write one value");
        }
        return one(place, key.types(), many.get(0));
    }

    private static Value items(Place place, Object given) {
        List<Value> items = new ArrayList<>();
        for (Object one : many(given)) {
            if (given instanceof CharSequence text) {
                Arrays.stream(text.toString().strip().split("\\s+", -1))
                        .filter(part -> !part.isEmpty())
                        .forEach(part -> items.add(new Value.Text(place, part)));
            } else {
                items.add(new Value.Text(place, String.valueOf(one)));
            }
        }
        return new Value.Items(place, items);
    }

    /** The elements of an array or a collection; else the value alone. */
    static List<?> many(Object given) {
        if (given instanceof Collection<?> many) {
            return List.copyOf(many);
        }
        if (given != null && given.getClass().isArray()) {
            List<Object> elements = new ArrayList<>();
            for (int i = 0; i < Array.getLength(given); i++) {
                elements.add(Array.get(given, i));
            }
            return elements;
        }
        return List.of(given);
    }

    private static Value one(Place place, Set<Type> types, Object one) {
        if (one instanceof Boolean truth) {
            return new Value.Truth(place, truth);
        }
        if (one instanceof Number number) {
            return number(place, number.doubleValue(), number.longValue());
        }
        String text = String.valueOf(one).strip();
        if (types.contains(Type.BOOLEAN) && (text.equals("true") || text.equals("false"))) {
            return new Value.Truth(place, text.equals("true"));
        }
        if (types.contains(Type.INTEGER) && text.matches("[+-]?[0-9]{1,18}(\\.[0-9]{1,9})?")) {
            return text.indexOf('.') < 0
                    ? new Value.Whole(place, Long.parseLong(text))
                    : number(place, Double.parseDouble(text), (long) Double.parseDouble(text));
        }
        return new Value.Text(place, String.valueOf(one));
    }

    private static Value number(Place place, double real, long whole) {
        return real == whole ? new Value.Whole(place, whole) : new Value.Real(place, real);
    }
}
