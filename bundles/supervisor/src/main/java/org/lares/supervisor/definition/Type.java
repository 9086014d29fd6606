package org.lares.supervisor.definition;

/** The types of a property list, and {@link #GARBLED} for what should have been one. */
enum Type {
    DICTIONARY("dictionary", "<dict>"),
    ARRAY("array", "<array>"),
    STRING("string", "<string>"),
    INTEGER("integer", "<integer>"),
    REAL("real", "<real>"),
    BOOLEAN("boolean", "<true/> or <false/>"),
    DATE("date", "<date>"),
    DATA("data", "<data>"),
    GARBLED("nothing", "");

    private final String text;
    private final String element;

    Type(String text, String element) {
        this.text = text;
        this.element = element;
    }

    /** For people. */
    String text() {
        return text;
    }

    /** How it is written in XML. */
    String element() {
        return element;
    }
}
