package org.lares.supervisor.store;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings records of older formats to the present one, a version at a time. A new version of the format adds its step to
 * the end and a file of the version before to the tests.
 */
final class Upgrades {

    /** The present version of the format. */
    static final int VERSION = 1;

    /** The step at index n turns the fields of version n into those of n + 1. */
    private static final List<Step> STEPS = List.of(Upgrades::from0);

    private interface Step {
        Map<Object, Object> apply(Item.Kind kind, Map<Object, Object> fields);
    }

    private Upgrades() {}

    /** Decodes a record that was written in {@code version}, 0 to {@link #VERSION}. */
    static Write decode(int version, Item item) throws IOException {
        if (version == VERSION) {
            return Records.decode(item);
        }
        Map<Object, Object> fields = new LinkedHashMap<>(Records.fields(item).map());
        for (Step step : STEPS.subList(version, STEPS.size())) {
            fields = step.apply(item.kind(), fields);
        }
        return Records.decode(item.kind(), new Records.Fields(fields));
    }

    /**
     * Version 0 wrote the override as a word and did not tell automatic starts from others. Taking the last start for
     * one throttles the first start after the upgrade at most too long, never too short.
     */
    private static Map<Object, Object> from0(Item.Kind kind, Map<Object, Object> fields) {
        if (kind == Item.Kind.SAVE && fields.get("memory") instanceof Map<?, ?> old) {
            Map<Object, Object> memory = new LinkedHashMap<>(old);
            Object override = memory.remove("override");
            if (override != null) {
                memory.put("enabledOverride", "enabled".equals(override));
            }
            if (memory.containsKey("lastStart")) {
                memory.put("lastAutomaticStart", memory.get("lastStart"));
            }
            fields.put("memory", memory);
        }
        return fields;
    }
}
