package org.lares.supervisor.definition;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of one key: one row of {@link KeyTable} and of docs/job-file.md.
 *
 * @param path its name, after those of the dictionaries it stands in: {@code KeepAlive.Crashed}; {@code *} stands for
 *     names that the author of the list chooses
 * @param types what its value may be
 * @param elements what the elements may be where it is an array
 * @param least smallest number, of the value or of each element
 * @param words the strings that it may be; empty if any
 * @param open whether a dictionary given for it is not looked into
 * @param byDefault what holds without it, for people
 * @param standing its one class
 * @param refusesList whether a list that uses it is refused; else the job is taken without it
 * @param issue for {@link Standing#NOT_YET}: what brings it
 * @param meaning what launchd does with it
 * @param here what is done here instead; empty if honoured
 * @param remedy what to do instead; may be empty
 */
record Key(
        String group,
        String path,
        Set<Type> types,
        Set<Type> elements,
        Format format,
        double least,
        double most,
        String unit,
        List<String> words,
        boolean open,
        String byDefault,
        Standing standing,
        boolean refusesList,
        Optional<String> issue,
        String meaning,
        String here,
        String remedy,
        String source) {

    /** What can be relied on. */
    enum Standing {
        HONOURED("honoured"),
        DIFFERS("differs"),
        REFUSED("refused"),
        NOT_YET("not yet");

        private final String text;

        Standing(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** What a string must look like. */
    enum Format {
        ANY("string"),
        NOT_EMPTY("string"),
        LABEL("label"),
        ABSOLUTE_PATH("absolute path"),
        OCTAL("string"),
        SIZE("string"),
        BUNDLE("string"),
        JAVA_OPTION("string");

        private final String text;

        Format(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** The last part of the path. */
    String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Whether a value says no more than its absence would. */
    boolean isDefault(Value value) {
        if (value instanceof Value.Truth truth) {
            return Boolean.toString(truth.holds()).equals(byDefault);
        }
        if (value instanceof Value.Whole whole) {
            return Long.toString(whole.number()).equals(byDefault);
        }
        return value instanceof Value.Text text && text.text().equals(byDefault);
    }

    /** What to say about a definition that uses it; empty if it is simply honoured. */
    String statement() {
        return switch (standing) {
            case HONOURED -> "";
            case DIFFERS -> "honoured with a difference: " + here;
            case REFUSED -> refusesList ? here : "not honoured: " + here;
            case NOT_YET -> "not yet honoured (issue \"" + issue.orElseThrow() + "\"): " + here;
        };
    }
}
