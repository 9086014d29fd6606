package org.lares.job;

import java.util.regex.Pattern;

/**
 * A name space of labels (launchctl(1)): {@code system}, {@code user/<uid>} or {@code app/<id>}.
 *
 * @param name the domain as written in a target, without a trailing slash
 */
public record Domain(String name) {
    private static final Pattern ALLOWED = Pattern.compile("system|user/[0-9]{1,10}|app/[A-Za-z0-9._-]{1,200}");

    public static final Domain SYSTEM = new Domain("system");

    /** @throws IllegalArgumentException if the name is no domain */
    public Domain {
        if (name == null || !ALLOWED.matcher(name).matches()) {
            throw new IllegalArgumentException("not a domain: \"" + name + "\"; write system, user/<uid> or app/<id>");
        }
    }

    public static Domain of(String name) {
        return new Domain(name);
    }

    /** The target that names a job in this domain. */
    public String target(Label label) {
        return name + "/" + label;
    }

    @Override
    public String toString() {
        return name;
    }
}
