package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lares' own bundles are restarted by hand, from the shell that goes down with them. */
class SupervisorRestartIT {
    private static final String PROGRAM =
            "org.lares.itests.s" + ProcessHandle.current().pid();
    private static final String BUNDLE = "org.lares.example.clock";

    private Container container;

    @BeforeEach
    void start() {
        container = Container.unpack();
        container.definition(
                "etc/launchd/daemons/" + PROGRAM + ".plist",
                PROGRAM,
                container.script("program", "exec sleep 1000000"),
                "<key>KeepAlive</key><true/><key>ThrottleInterval</key><integer>1</integer>");
        container.start();
        container.shell("feature:install lares-example-clock").succeeded();
        awaitBoth();
    }

    @AfterEach
    void stop() {
        try {
            container.process().ifPresent(running -> container.stop());
        } finally {
            container.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.lares.supervisor", "org.lares.sandbox"})
    void shouldEndAllJobsInOrderAndComeBackWithThem(String bundle) {
        List<Long> before = Container.processesOf(PROGRAM);

        container.shell("bundle:restart " + bundle);
        container.await(
                "the program was ended", () -> !Container.processesOf(PROGRAM).equals(before));
        awaitBoth();

        assertEquals(1, Container.processesOf(PROGRAM).size());
        assertNotEquals(before, Container.processesOf(PROGRAM));
        for (String label : List.of(PROGRAM, BUNDLE)) {
            JsonObject ended = container.history(label).get(0);
            assertEquals("shutdown", ended.get("stop").getAsString());
        }
    }

    private void awaitBoth() {
        container.await("both jobs run", () -> List.of(PROGRAM, BUNDLE).stream()
                .allMatch(label -> container.lares("print", label).out().contains("state = running")));
    }
}
