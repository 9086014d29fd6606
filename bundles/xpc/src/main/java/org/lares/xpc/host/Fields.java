package org.lares.xpc.host;

import java.net.ProtocolException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A map of the data model as it came from the other side: a key that is missing or of another type is its mistake. */
final class Fields {
    private final Map<?, ?> map;

    private Fields(Map<?, ?> map) {
        this.map = map;
    }

    static Fields of(Object message) throws ProtocolException {
        if (message instanceof Map<?, ?> map) {
            return new Fields(map);
        }
        throw new ProtocolException("a message that is no map");
    }

    /** Unchecked, to be used within streams; turned into a {@link ProtocolException} where a message is decoded. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Malformed(String key) {
            super("a message without a proper " + key);
        }
    }

    private <T> Optional<T> value(String key, Class<T> type) {
        Object value = map.get(key);
        if (value != null && !type.isInstance(value)) {
            throw new Malformed(key);
        }
        return Optional.ofNullable(type.cast(value));
    }

    private <T> T required(String key, Class<T> type) {
        return value(key, type).orElseThrow(() -> new Malformed(key));
    }

    String text(String key) {
        return required(key, String.class);
    }

    Optional<String> optionalText(String key) {
        return value(key, String.class);
    }

    /** Absolute. */
    Path path(String key) {
        try {
            Path path = Path.of(text(key));
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw new Malformed(key);
        }
        throw new Malformed(key);
    }

    byte[] bytes(String key) {
        return required(key, byte[].class);
    }

    boolean flag(String key) {
        return required(key, Boolean.class);
    }

    long number(String key) {
        return required(key, Long.class);
    }

    Optional<Long> optionalNumber(String key) {
        return value(key, Long.class);
    }

    List<Fields> list(String key) {
        List<Fields> list = new ArrayList<>();
        for (Object each : required(key, List.class)) {
            if (!(each instanceof Map<?, ?> fields)) {
                throw new Malformed(key);
            }
            list.add(new Fields(fields));
        }
        return list;
    }

    /** The only one of a list. */
    Fields single(String key) {
        List<Fields> list = list(key);
        if (list.size() != 1) {
            throw new Malformed(key);
        }
        return list.get(0);
    }

    List<String> textList(String key) {
        List<String> list = new ArrayList<>();
        for (Object each : required(key, List.class)) {
            if (!(each instanceof String text)) {
                throw new Malformed(key);
            }
            list.add(text);
        }
        return list;
    }

    Map<String, String> texts(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        Map<?, ?> given = required(key, Map.class);
        given.forEach((name, value) -> {
            if (!(name instanceof String first) || !(value instanceof String second)) {
                throw new Malformed(key);
            }
            texts.put(first, second);
        });
        return texts;
    }
}
