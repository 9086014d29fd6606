package org.lares.shell.view;

import java.util.Optional;

/**
 * launchctl's way to print: {@code name = value} lines, nested in braces, one tab a level. Not thread-safe.
 */
public final class Block {
    private final StringBuilder out = new StringBuilder();
    private int depth;

    public Block open(String name) {
        line(name + " = {");
        depth++;
        return this;
    }

    public Block close() {
        depth--;
        line("}");
        return this;
    }

    public Block field(String name, Object value) {
        line(name + " = " + value);
        return this;
    }

    public Block field(String name, Optional<?> value) {
        value.ifPresent(v -> field(name, v));
        return this;
    }

    public Block item(String text) {
        line(text);
        return this;
    }

    public Block pair(String name, Object value) {
        line(name + " => " + value);
        return this;
    }

    /** An empty line, as launchctl sets its groups apart. */
    public Block gap() {
        out.append('\n');
        return this;
    }

    public String text() {
        return out.toString();
    }

    private void line(String text) {
        out.append("\t".repeat(depth)).append(Text.oneLine(text)).append('\n');
    }
}
