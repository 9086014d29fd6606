package org.lares.job;

import java.util.Optional;

/**
 * What a verb acts on, in launchctl's syntax: a domain-target ({@code system}, {@code user/501}) or a service-target
 * ({@code system/com.acme.clock}, {@code user/501/com.acme.menu}).
 */
public record Target(Domain domain, Optional<Label> label) {

    /** @throws IllegalArgumentException if the text is no target; the message shows the syntax */
    public static Target parse(String text) {
        String trimmed = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        int slashes = trimmed.startsWith("system") ? 0 : 1;
        int end = -1;
        for (int i = 0; i <= slashes; i++) {
            end = trimmed.indexOf('/', end + 1);
            if (end < 0) {
                break;
            }
        }
        try {
            if (end < 0) {
                return new Target(Domain.of(trimmed), Optional.empty());
            }
            return new Target(Domain.of(trimmed.substring(0, end)), Optional.of(Label.of(trimmed.substring(end + 1))));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a target: \"" + text + "\" (" + e.getMessage() + "); write for example system/com.acme.clock",
                    e);
        }
    }

    @Override
    public String toString() {
        return label.map(domain::target).orElse(domain.name());
    }
}
