package org.lares.shell.door;

import java.net.ProtocolException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The first message of a client (docs/wire-shell.md). Nothing in it is believed, but where the caller's folder is.
 *
 * @param rows of the terminal; empty with no terminal
 */
public record Request(
        List<String> args, Optional<Path> folder, OptionalInt width, OptionalInt rows, boolean terminal, String term) {
    private static final int MOST_ARGUMENTS = 1_000;
    private static final int WIDEST = 1_000;

    public Request {
        args = List.copyOf(args);
    }

    public static Request parse(Object message) throws ProtocolException {
        if (!(message instanceof Map<?, ?> map) || !(map.get("args") instanceof List<?> words)) {
            throw new ProtocolException("not a request: no args");
        }
        if (words.size() > MOST_ARGUMENTS) {
            throw new ProtocolException("not a request: " + words.size() + " arguments; at most " + MOST_ARGUMENTS);
        }
        List<String> args = new ArrayList<>();
        for (Object word : words) {
            if (!(word instanceof String text)) {
                throw new ProtocolException("not a request: an argument is no text");
            }
            args.add(text);
        }
        return new Request(
                args,
                folder(map.get("cwd")),
                size(map.get("width")),
                size(map.get("height")),
                Boolean.TRUE.equals(map.get("tty")),
                map.get("term") instanceof String term && !term.isEmpty() ? term : "dumb");
    }

    private static Optional<Path> folder(Object value) throws ProtocolException {
        if (!(value instanceof String text)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of(text)).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            throw new ProtocolException("not a request: cwd is no path");
        }
    }

    public static OptionalInt size(Object value) {
        return value instanceof Long number && number >= 1 && number <= WIDEST
                ? OptionalInt.of(number.intValue())
                : OptionalInt.empty();
    }
}
