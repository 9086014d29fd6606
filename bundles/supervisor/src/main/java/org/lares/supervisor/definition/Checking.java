package org.lares.supervisor.definition;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lares.job.Label;
import org.lares.job.Remark;
import org.lares.job.Remark.Severity;
import org.lares.supervisor.definition.Key.Standing;

/** Holds a definition against {@link KeyTable}, key by key: what is wrong, and what will not be honoured. */
final class Checking {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]{0,100}\\}");
    private static final Pattern MASK = Pattern.compile("0[0-7]{0,4}|0[xX][0-9a-fA-F]{1,3}|[1-9][0-9]{0,3}");

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})([KMGTkmgt]?)");

    private final List<Remark> remarks;
    private final Set<String> meant = new HashSet<>();

    /** @param remarks where to put what is to be said */
    Checking(List<Remark> remarks) {
        this.remarks = remarks;
    }

    void check(Value.Dict definition) {
        entries(definition, "", "", false);
    }

    /** Whether that key of the whole is missing only since its name is misspelt, which was said. */
    boolean misspelt(String name) {
        return meant.contains(name);
    }

    /**
     * @param path of the dictionary in the table
     * @param shown of the dictionary in the definition
     * @param said whether something above it is not honoured, so that nothing more need be said of what is in it
     */
    private void entries(Value.Dict dict, String path, String shown, boolean said) {
        Map<String, Place> seen = new HashMap<>();
        for (Value.Entry entry : dict.entries()) {
            String name = KeyTable.join(shown, Quote.shorten(entry.key()));
            if (entry.value() instanceof Value.Garbled garbled && entry.key().isEmpty()) {
                error(garbled.at(), shown, garbled.message(), garbled.remedy());
                continue;
            }
            Place first = seen.putIfAbsent(entry.key(), entry.at());
            if (first != null) {
                String where = first.line() > 0 ? ", first in line " + first.line() : "";
                error(entry.at(), name, "is given twice" + where, "remove one of them");
                continue;
            }
            Optional<Key> key = KeyTable.find(path, entry.key());
            if (key.isEmpty()) {
                unknown(entry, path, name);
            } else {
                value(key.get(), entry.value(), entry.at(), name, said);
            }
        }
    }

    private void unknown(Value.Entry entry, String path, String shown) {
        Optional<String> nearest = KeyTable.nearest(path, entry.key());
        nearest.ifPresent(name -> meant.add(KeyTable.join(path, name)));
        String remedy = nearest.map(name -> "did you mean " + name + "?")
                .orElse(
                        path.isEmpty()
                                ? "remove it (docs/job-file.md lists all keys)"
                                : "remove it; known here: " + String.join(", ", KeyTable.namesIn(path)));
        error(entry.at(), shown, "is no known key", remedy);
    }

    private void value(Key key, Value value, Place keyAt, String shown, boolean said) {
        if (value instanceof Value.Garbled garbled) {
            error(garbled.at(), shown, garbled.message(), garbled.remedy());
            return;
        }
        if (!key.types().contains(value.type())) {
            if (key.path().equals("EnvironmentVariables.*")) {
                note(value.at(), shown, "is no string and is ignored, as launchd does", "write it as a <string>");
            } else {
                wrongType(value, key.types(), shown);
            }
            return;
        }
        boolean remarked = said;
        if (!said && key.standing() != Standing.HONOURED && !key.isDefault(value)) {
            remarks.add(new Remark(
                    key.refusesList() ? Severity.ERROR : Severity.NOTE,
                    keyAt.where(),
                    keyAt.line(),
                    shown,
                    key.statement(),
                    key.remedy()));
            remarked = true;
        }
        if (value instanceof Value.Dict dict) {
            if (!key.open()) {
                entries(dict, key.path(), shown, remarked);
            }
        } else if (value instanceof Value.Items items) {
            int index = 0;
            for (Value item : items.values()) {
                element(key, item, shown + "[" + index++ + "]", remarked);
            }
        } else {
            scalar(key, value, shown);
        }
    }

    private void element(Key key, Value value, String shown, boolean said) {
        if (value instanceof Value.Garbled garbled) {
            error(garbled.at(), shown, garbled.message(), garbled.remedy());
        } else if (!key.elements().contains(value.type())) {
            wrongType(value, key.elements(), shown);
        } else if (value instanceof Value.Dict dict) {
            if (!key.open()) {
                entries(dict, key.path(), shown, said);
            }
        } else if (!key.open()) {
            scalar(key, value, shown);
        }
    }

    private void wrongType(Value value, Set<Type> wanted, String shown) {
        String types = wanted.stream().sorted().map(Type::text).collect(Collectors.joining(" or "));
        String elements = wanted.stream().sorted().map(Type::element).collect(Collectors.joining(" or "));
        // Neither a binary list, nor an attribute, nor a configuration has elements.
        String remedy = value.at().line() > 0 ? "write " + elements : "write one of type " + types;
        error(value.at(), shown, "is of type " + value.type().text() + ", not " + types, remedy);
    }

    private void scalar(Key key, Value value, String shown) {
        if (value instanceof Value.Whole whole) {
            range(key, value, (double) whole.number(), String.valueOf(whole.number()), shown);
        } else if (value instanceof Value.Real real) {
            range(key, value, real.number(), String.valueOf(real.number()), shown);
        } else if (value instanceof Value.Text text) {
            text(key, text, shown);
        }
    }

    private void range(Key key, Value value, double number, String text, String shown) {
        if (number < key.least() || number > key.most()) {
            error(value.at(), shown, text + " is out of range", "write a number " + rangeOf(key));
        }
    }

    /** For people. */
    static String rangeOf(Key key) {
        String unit = key.unit().isEmpty() ? "" : " " + key.unit();
        if (key.most() >= Long.MAX_VALUE) {
            return "from " + plain(key.least()) + unit;
        }
        return "from " + plain(key.least()) + " to " + plain(key.most()) + unit;
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }

    private void text(Key key, Value.Text value, String shown) {
        String text = value.text();
        if (text.indexOf('\0') >= 0) {
            error(value.at(), shown, "contains a NUL character", "remove it");
            return;
        }
        Matcher placeholder = PLACEHOLDER.matcher(text);
        if (key.standing() == Standing.HONOURED && placeholder.find()) {
            note(
                    value.at(),
                    shown,
                    "contains the placeholder " + Quote.shorten(placeholder.group()) + ", which nothing here fills in",
                    "write what it stands for");
        }
        if (!key.words().isEmpty() && !key.words().contains(text)) {
            error(
                    value.at(),
                    shown,
                    Quote.of(text) + " is no known value",
                    "write " + String.join(" or ", key.words()));
            return;
        }
        format(key, value, text, shown);
    }

    private void format(Key key, Value.Text value, String text, String shown) {
        switch (key.format()) {
            case ANY -> {}
            case NOT_EMPTY -> {
                if (text.isBlank()) {
                    error(value.at(), shown, "is empty", "fill it in or remove it");
                }
            }
            case LABEL -> {
                if (!Label.isValid(text)) {
                    error(
                            value.at(),
                            shown,
                            Quote.of(text) + " is no label",
                            "use 1 to 200 of A-Z a-z 0-9 . _ - and start with a letter, a digit or _");
                }
            }
            case ABSOLUTE_PATH -> {
                if (path(text).filter(Path::isAbsolute).isEmpty()) {
                    error(value.at(), shown, Quote.of(text) + " is no absolute path", "write one that starts with /");
                }
            }
            case OCTAL -> {
                if (mask(text).isEmpty()) {
                    error(value.at(), shown, Quote.of(text) + " is no mask", "write one such as 022 (0 to 0777)");
                }
            }
            case SIZE -> {
                Optional<Long> size = size(text);
                if (size.isEmpty()) {
                    error(value.at(), shown, Quote.of(text) + " is no size", "write bytes, or one such as 256M or 1G");
                } else {
                    range(key, value, (double) size.get(), text, shown);
                }
            }
            case BUNDLE -> {
                if (BundleLocation.of(text).isEmpty()) {
                    error(
                            value.at(),
                            shown,
                            Quote.of(text) + " names no bundle",
                            "write an absolute path, file:/PATH or mvn:GROUP/ARTIFACT/VERSION");
                }
            }
            case JAVA_OPTION ->
                JavaOptions.objection(text)
                        .ifPresent(objection -> error(
                                value.at(), shown, Quote.of(text) + " " + objection.message(), objection.remedy()));
        }
    }

    /** The path, unless it has characters that a path cannot have here. */
    static Optional<Path> path(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** A umask as strtoul(3) reads it with base 0. */
    static Optional<Integer> mask(String text) {
        if (!MASK.matcher(text).matches()) {
            return Optional.empty();
        }
        int mask = text.length() > 1 && (text.charAt(1) == 'x' || text.charAt(1) == 'X')
                ? Integer.parseInt(text.substring(2), 16)
                : Integer.parseInt(text, text.startsWith("0") ? 8 : 10);
        return mask <= 0777 ? Optional.of(mask) : Optional.empty();
    }

    /** Bytes, with K, M, G or T (powers of 1024) after the number or without. */
    static Optional<Long> size(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            return Optional.empty();
        }
        int power =
                size.group(2).isEmpty() ? 0 : 1 + "KMGT".indexOf(size.group(2).toUpperCase(Locale.ROOT));
        long number = Long.parseLong(size.group(1));
        return number > Long.MAX_VALUE >> (10 * power) ? Optional.empty() : Optional.of(number << (10 * power));
    }

    private void error(Place at, String key, String message, String remedy) {
        remarks.add(new Remark(Severity.ERROR, at.where(), at.line(), key, message, remedy));
    }

    private void note(Place at, String key, String message, String remedy) {
        remarks.add(new Remark(Severity.NOTE, at.where(), at.line(), key, message, remedy));
    }
}
