package org.lares.supervisor.definition;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lares.supervisor.definition.Key.Format;
import org.lares.supervisor.definition.Key.Standing;

/** Every key there is, in the order of the document; the one source of what is checked, said and documented. */
final class KeyTable {
    static final String MAN = "launchd.plist(5)";
    static final String UNDOCUMENTED = "launchd 842, undocumented";
    static final String LARES = "Lares";

    private static final KeyTable ALL = new KeyTable();

    private final Map<String, Key> keys = new LinkedHashMap<>();

    private KeyTable() {
        LaunchdKeys.add(this);
        LaunchdTriggers.add(this);
        LaunchdLeftovers.add(this);
        LaresKeys.add(this);
    }

    static Collection<Key> keys() {
        return List.copyOf(ALL.keys.values());
    }

    /** The key of that path; where names are free, that of {@code parent.*}. */
    static Optional<Key> find(String parent, String name) {
        // A name with a dot is one that its author chose, never a path into the table.
        if (name.indexOf('.') < 0 && !name.equals("*") && ALL.keys.containsKey(join(parent, name))) {
            return Optional.of(of(join(parent, name)));
        }
        return parent.isEmpty() ? Optional.empty() : Optional.ofNullable(ALL.keys.get(join(parent, "*")));
    }

    static Key of(String path) {
        return Optional.ofNullable(ALL.keys.get(path)).orElseThrow(() -> new IllegalArgumentException(path));
    }

    static String join(String parent, String name) {
        return parent.isEmpty() ? name : parent + "." + name;
    }

    /** The known name in that dictionary that looks most like it, if one does. */
    static Optional<String> nearest(String parent, String name) {
        int tolerated = Math.max(1, Math.min(3, name.length() / 3));
        Optional<String> close = namesIn(parent).stream()
                .filter(known -> Math.abs(known.length() - name.length()) <= tolerated)
                .filter(known -> distance(known, name) <= tolerated)
                .min(Comparator.comparingInt(known -> distance(known, name)));
        if (close.isPresent() || name.length() < 4) {
            return close;
        }
        String start = name.substring(0, name.length() * 3 / 4).toLowerCase(Locale.ROOT);
        return namesIn(parent).stream()
                .filter(known -> known.toLowerCase(Locale.ROOT).startsWith(start))
                .min(Comparator.comparingInt(known -> distance(known, name)));
    }

    /** The names that may stand in that dictionary. */
    static List<String> namesIn(String parent) {
        String prefix = parent.isEmpty() ? "" : parent + ".";
        return ALL.keys.keySet().stream()
                .filter(path -> path.startsWith(prefix) && path.indexOf('.', prefix.length()) < 0)
                .map(path -> path.substring(prefix.length()))
                .filter(name -> !name.equals("*"))
                .collect(Collectors.toList());
    }

    /** Levenshtein's, with letter case costing nothing. */
    static int distance(String left, String right) {
        int[] before = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                boolean same = Character.toLowerCase(left.charAt(i - 1)) == Character.toLowerCase(right.charAt(j - 1));
                row[j] = Math.min(Math.min(row[j - 1], before[j]) + 1, before[j - 1] + (same ? 0 : 1));
            }
            before = row;
        }
        return before[right.length()];
    }

    Group group(String title) {
        return new Group(title);
    }

    /** A part of the document. */
    final class Group {
        private final String title;

        private Group(String title) {
            this.title = title;
        }

        Row bool(String path) {
            return new Row(title, path, EnumSet.of(Type.BOOLEAN)).byDefault("false");
        }

        Row string(String path) {
            return new Row(title, path, EnumSet.of(Type.STRING));
        }

        Row integer(String path, long least, long most) {
            return new Row(title, path, EnumSet.of(Type.INTEGER)).range((double) least, (double) most);
        }

        Row number(String path, double least, double most) {
            return new Row(title, path, EnumSet.of(Type.INTEGER, Type.REAL)).range(least, most);
        }

        Row dict(String path) {
            return new Row(title, path, EnumSet.of(Type.DICTIONARY));
        }

        Row array(String path, Type element) {
            return new Row(title, path, EnumSet.of(Type.ARRAY)).elements(element);
        }

        /** One of that type, or an array of them. */
        Row oneOrMany(String path, Type element) {
            return new Row(title, path, EnumSet.of(element, Type.ARRAY)).elements(element);
        }

        Row any(String path) {
            Set<Type> all = EnumSet.complementOf(EnumSet.of(Type.GARBLED));
            Row row = new Row(title, path, all).open();
            row.elements.addAll(all);
            return row;
        }
    }

    /** A key being written down; ends with its class. */
    final class Row {
        private final String group;
        private final String path;
        private final Set<Type> types;
        private final Set<Type> elements = EnumSet.noneOf(Type.class);
        private Format format = Format.ANY;
        private double least = Double.NEGATIVE_INFINITY;
        private double most = Double.POSITIVE_INFINITY;
        private String unit = "";
        private List<String> words = List.of();
        private boolean open;
        private String byDefault = "";
        private String source = MAN;

        private Row(String group, String path, Set<Type> types) {
            this.group = group;
            this.path = path;
            this.types = types;
        }

        Row or(Type type) {
            types.add(type);
            return this;
        }

        private Row elements(Type element) {
            elements.add(element);
            return this;
        }

        Row range(double from, double to) {
            least = from;
            most = to;
            return this;
        }

        Row unit(String name) {
            unit = name;
            return this;
        }

        Row format(Format required) {
            format = required;
            return this;
        }

        Row words(String... allowed) {
            words = List.of(allowed);
            return this;
        }

        Row open() {
            open = true;
            return this;
        }

        Row byDefault(String text) {
            byDefault = text;
            return this;
        }

        Row source(String text) {
            source = text;
            return this;
        }

        void honoured(String meaning) {
            put(Standing.HONOURED, false, Optional.empty(), meaning, "", "");
        }

        void differs(String meaning, String difference) {
            put(Standing.DIFFERS, false, Optional.empty(), meaning, difference, "");
        }

        /** The key is refused, with the list. */
        void refused(String meaning, String why, String remedy) {
            put(Standing.REFUSED, true, Optional.empty(), meaning, why, remedy);
        }

        /** The key is refused; the job is taken without it. */
        void dropped(String meaning, String why, String remedy) {
            put(Standing.REFUSED, false, Optional.empty(), meaning, why, remedy);
        }

        /** Until then the job is taken without it. */
        void notYet(String issue, String meaning, String until) {
            put(Standing.NOT_YET, false, Optional.of(issue), meaning, until, "");
        }

        /** Until then the list is refused. */
        void notYetRefused(String issue, String meaning, String why, String remedy) {
            put(Standing.NOT_YET, true, Optional.of(issue), meaning, why, remedy);
        }

        private void put(
                Standing standing,
                boolean refusesList,
                Optional<String> issue,
                String meaning,
                String here,
                String remedy) {
            Key key = new Key(
                    group,
                    path,
                    Set.copyOf(types),
                    Set.copyOf(elements),
                    format,
                    least,
                    most,
                    unit,
                    words,
                    open,
                    byDefault,
                    standing,
                    refusesList,
                    issue,
                    meaning,
                    here,
                    remedy,
                    source);
            if (keys.put(path, key) != null) {
                throw new IllegalStateException("two rows for " + path);
            }
        }
    }

    /** The dictionaries in which names are free. */
    static List<String> freeNames() {
        List<String> parents = new ArrayList<>();
        for (String path : ALL.keys.keySet()) {
            if (path.endsWith(".*")) {
                parents.add(path.substring(0, path.length() - 2));
            }
        }
        return parents;
    }
}
