package org.lares.supervisor.definition;

import java.util.List;
import java.util.Optional;

/** A property list as read, each value with its place. */
sealed interface Value {

    Place at();

    Type type();

    /** One key with its value; a dictionary read from a file may hold a key twice. */
    record Entry(String key, Place at, Value value) {}

    /** Entries in the order of the file. */
    record Dict(Place at, List<Entry> entries) implements Value {
        public Dict {
            entries = List.copyOf(entries);
        }

        /** The first entry of that key. */
        Optional<Entry> find(String key) {
            return entries.stream().filter(entry -> entry.key().equals(key)).findFirst();
        }

        @Override
        public Type type() {
            return Type.DICTIONARY;
        }
    }

    record Items(Place at, List<Value> values) implements Value {
        public Items {
            values = List.copyOf(values);
        }

        @Override
        public Type type() {
            return Type.ARRAY;
        }
    }

    record Text(Place at, String text) implements Value {
        @Override
        public Type type() {
            return Type.STRING;
        }
    }

    record Whole(Place at, long number) implements Value {
        @Override
        public Type type() {
            return Type.INTEGER;
        }
    }

    record Real(Place at, double number) implements Value {
        @Override
        public Type type() {
            return Type.REAL;
        }
    }

    record Truth(Place at, boolean holds) implements Value {
        @Override
        public Type type() {
            return Type.BOOLEAN;
        }
    }

    /** A date or data; no key has use for what is in it. */
    record Opaque(Place at, Type type) implements Value {}

    /** Something that is no value, in a list that can otherwise be read. */
    record Garbled(Place at, String message, String remedy) implements Value {
        @Override
        public Type type() {
            return Type.GARBLED;
        }
    }
}
