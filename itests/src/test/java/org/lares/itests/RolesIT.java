package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What another user of the machine sees of root's container, and may do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RolesIT {
    private static final String ROOTS = "org.lares.itests.roots";
    private static final String THEIRS = "org.lares.itests.theirs";
    private static final int NOBODY = 65534;

    private Container container;

    @BeforeAll
    void start() {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root's container has other users");
        container = Container.unpackForAll();
        container.start();
        String sleep =
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <plist version="1.0">
                <dict>
                    <key>Label</key><string>%s</string>
                    <key>ProgramArguments</key><array><string>sleep</string><string>1000000</string></array>
                    <key>EnvironmentVariables</key><dict><key>SECRET</key><string>%s</string></dict>
                    <key>KeepAlive</key><true/>
                    <key>UserName</key><string>%s</string>
                </dict>
                </plist>
                """;
        container
                .lares(
                        "bootstrap",
                        "system",
                        container
                                .write("roots.plist", sleep.formatted(ROOTS, "rootssecret", "0"))
                                .toString(),
                        container
                                .write("theirs.plist", sleep.formatted(THEIRS, "theirsecret", NOBODY))
                                .toString())
                .succeeded();
        container.await("both run", () -> container.jobs().values().stream()
                .allMatch(job -> job.get("state").getAsString().equals("running")));
    }

    @AfterAll
    void stop() {
        if (container != null) {
            try {
                container.process().ifPresent(running -> container.stop());
            } finally {
                container.close();
            }
        }
    }

    @Test
    void shouldSeeItsOwnJobsOnly() {
        assertEquals(Set.of(ROOTS, THEIRS), container.jobs().keySet());

        String list = container.laresAs(NOBODY, "list").succeeded().out();

        assertTrue(list.contains(THEIRS), list);
        assertTrue(!list.contains(ROOTS), list);
    }

    @ParameterizedTest
    @ValueSource(strings = {"print", "blame", "explain", "history", "log"})
    void shouldReadItsOwn(String verb) {
        container.laresAs(NOBODY, verb, THEIRS).succeeded();

        // As if it were not there: what others run is not told.
        Result other = container.laresAs(NOBODY, verb, ROOTS);
        assertTrue(other.exit() != 0 && other.out().isEmpty(), other.toString());
        assertEquals(container.laresAs(NOBODY, verb, "org.lares.itests.none").exit(), other.exit());
    }

    @Test
    void shouldNotSeeValuesOfTheEnvironment() {
        String printed =
                container.laresAs(NOBODY, "print", "--json", THEIRS).succeeded().out();

        JsonObject environment = JsonParser.parseString(printed)
                .getAsJsonObject()
                .getAsJsonObject("spec")
                .getAsJsonObject("program")
                .getAsJsonObject("environment");
        assertTrue(environment.get("SECRET").isJsonNull(), printed);
    }

    @Test
    void shouldControlNothing() {
        var before = container.jobs();
        String file = container.base().resolve("theirs.plist").toString();

        for (List<String> command : List.of(
                List.of("kickstart", THEIRS),
                List.of("kickstart", "-k", THEIRS),
                List.of("disable", THEIRS),
                List.of("enable", THEIRS),
                List.of("kill", "TERM", THEIRS),
                List.of("bootout", THEIRS),
                List.of("kickstart", ROOTS),
                List.of("bootout", ROOTS),
                List.of("bootstrap", "system", file),
                List.of("verify", file),
                List.of("shell", "job:list"))) {
            Result refused = container.laresAs(NOBODY, command.toArray(String[]::new));
            assertEquals(1, refused.exit(), command + ": " + refused);
            assertEquals(1, refused.err().lines().count(), command + ": " + refused);
        }

        assertEquals(before, container.jobs());
    }
}
