package org.lares.sandbox.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.felix.scr.info.ScrInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.service.component.ComponentConstants;
import org.osgi.util.function.Function;
import org.osgi.util.promise.Promise;

/** With the real bundles of Declarative Services. */
class ComponentsOfAHostTest {
    private static final String EXTENDER =
            "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.5.0)" + "(!(version>=2.0.0)))\"";

    @TempDir
    Path folder;

    @Test
    void shouldResolveComponentsToThePlatformsAndShareAClassPath() throws Exception {
        try (Place place = new Place(folder)) {
            StringBuilder bundles = new StringBuilder();
            for (Class<?> each : List.of(Function.class, Promise.class, ComponentConstants.class, ScrInfo.class)) {
                Path jar = Jars.of(each);
                String name = each.getSimpleName();
                Path file = place.system.resolve("p/" + name + "/1/" + name + "-1.jar");
                Files.createDirectories(file.getParent());
                Files.copy(jar, file);
                bundles.append("p:").append(name).append(":1,");
            }
            place.properties.setProperty("bundles", bundles.toString());
            // Another one, in the container, that must not win.
            place.install(
                    Jars.bundle("other.scr", "9.0.0")
                            .header(
                                    "Provide-Capability",
                                    "osgi.extender;osgi.extender=osgi.component;version:Version=1.9"),
                    "other");
            Bundle job = place.install(
                    Jars.bundle("clock", "0.1.0")
                            .entry("clock/Clock.class")
                            .importing("org.slf4j;version=\"[2.0,3)\"")
                            .header("Provide-Capability", "org.lares.job;label=clock;kind=daemon")
                            .header(
                                    "Require-Capability",
                                    EXTENDER + ",osgi.extender;filter:=\"(&(osgi.extender=org.lares.supervisor)"
                                            + "(version>=0.1.0)(!(version>=1.0.0)))\"")
                            .component(
                                    "clock.Clock",
                                    "<reference interface='org.osgi.service.component.runtime.ServiceComponentRuntime'/>"
                                            + "<reference interface='org.lares.job.Run'/>"
                                            + "<reference interface='org.osgi.service.condition.Condition'"
                                            + " target='(org.lares.job=clock)'/>"),
                    "clock");

            Closure closure = place.closures().of(place.work(job));

            List<String> names = Place.names(closure);
            assertEquals(5, names.size(), names::toString);
            assertTrue(names.get(3).startsWith("org.apache.felix.scr:"), names::toString);
            assertEquals("clock:0.1.0", names.get(4));
            assertTrue(closure.connect(), () -> closure.plainReason().orElse(""));
            assertEquals(6, closure.classPath().size());
            assertEquals(Set.of("clock.Clock"), closure.configurationPids());
            assertEquals(List.of(), closure.unsatisfied());
        }
    }
}
