package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A container on JDK 25, where all works but Karaf's own shell. */
class LatestJdkIT {
    private static final List<String> BUNDLES = List.of("clock", "ticker", "activator", "crasher");

    private Container container;

    @AfterEach
    void remove() {
        if (container != null) {
            try {
                container.process().ifPresent(running -> container.stop());
            } finally {
                container.close();
            }
        }
    }

    @Test
    void shouldDoAllButOpenKarafsShell() throws IOException {
        var home = Jdk.home(25);
        assumeTrue(home.isPresent(), "no JDK 25 here; install one or set JAVA_HOME_25");
        container = Container.unpack().with("JAVA_HOME", home.get().toString());
        Path features = container.base().resolve("etc/org.apache.karaf.features.cfg");
        String examples = String.join(
                ", ", BUNDLES.stream().map(name -> "lares-example-" + name).toList());
        Files.writeString(
                features, Files.readString(features).replace("featuresBoot = ", "featuresBoot = " + examples + ", "));
        String program = "org.lares.itests.program";
        container.definition(
                "etc/launchd/daemons/program.plist", program, container.script("program", "exec sleep 1000000"), "");
        container.start();

        container.await("the bundle jobs run", () -> {
            var jobs = container.jobs();
            return BUNDLES.stream()
                    .map(name -> "org.lares.example." + name)
                    .allMatch(label -> jobs.containsKey(label)
                            && (jobs.get(label).get("state").getAsString().equals("running")
                                    || !jobs.get(label).get("last").isJsonNull()));
        });
        String version = container.json("version").get("java").getAsString();
        assertTrue(version.startsWith("25"), version);
        long pid = Long.parseLong(
                container.lares("kickstart", "-p", program).succeeded().out().strip());
        assertTrue(container.lares("print", program).succeeded().out().contains("pid = " + pid));
        container.lares("kickstart", "-k", "org.lares.example.clock").succeeded();
        assertEquals(
                2, container.jobs().get("org.lares.example.clock").get("runs").getAsInt());
        container.await(
                "the crasher has crashed",
                () -> !container.history("org.lares.example.crasher").isEmpty());
        assertEquals(
                "threw",
                container
                        .history("org.lares.example.crasher")
                        .get(0)
                        .getAsJsonObject("end")
                        .get("cause")
                        .getAsString());

        Result shell = container.shell("feature:list");

        assertNotEquals(0, shell.exit());
        assertEquals("", shell.out());
        assertEquals(1, shell.err().lines().count(), shell.err());
        assertTrue(shell.err().contains("25"), shell.err());
    }
}
