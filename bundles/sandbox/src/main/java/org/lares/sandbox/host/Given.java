package org.lares.sandbox.host;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.xpc.host.Configuration;

/**
 * What a host knows of its configurations, in a form that can be kept: so that it hears of each change once, also of
 * those that were made while it had no line.
 */
final class Given {
    private Given() {}

    /** By PID, a hash, and the factory PID after a blank. */
    static Map<String, String> of(List<Configuration> configurations) {
        Map<String, String> given = new LinkedHashMap<>();
        configurations.forEach(it -> given.put(
                it.pid(),
                hash(it.properties().orElse(""))
                        + it.factoryPid().map(factory -> " " + factory).orElse("")));
        return given;
    }

    /** What has to be said to one who knows the given ones. */
    static List<Configuration> changes(Map<String, String> given, List<Configuration> now) {
        List<Configuration> changes = new ArrayList<>();
        Map<String, String> current = of(now);
        given.forEach((pid, value) -> {
            if (!current.containsKey(pid)) {
                int blank = value.indexOf(' ');
                Optional<String> factory = blank < 0 ? Optional.empty() : Optional.of(value.substring(blank + 1));
                changes.add(new Configuration(pid, factory, Optional.empty()));
            }
        });
        now.stream()
                .filter(it -> !current.get(it.pid()).equals(given.get(it.pid())))
                .forEach(changes::add);
        return changes;
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
