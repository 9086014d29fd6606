package org.lares.xpc.host;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration of Configuration Admin, or that it is no more.
 *
 * @param factoryPid for an instance of a factory
 * @param properties in the format of the Felix {@code .config} files (typed); empty if the configuration was deleted
 */
public record Configuration(String pid, Optional<String> factoryPid, Optional<String> properties) {

    Map<String, Object> map() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pid", pid);
        factoryPid.ifPresent(it -> map.put("factoryPid", it));
        properties.ifPresent(it -> map.put("properties", it));
        return map;
    }

    static Configuration of(Fields fields) {
        return new Configuration(
                fields.text("pid"), fields.optionalText("factoryPid"), fields.optionalText("properties"));
    }
}
