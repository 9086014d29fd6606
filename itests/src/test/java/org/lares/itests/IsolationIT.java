package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bundle is moved into a process of its own and back, and what fails there stays there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsolationIT {
    private static final String CLOCK = "org.lares.example.clock";
    private static final String TICKER = "org.lares.example.ticker";
    private static final String FAULTY = "org.lares.example.faulty";

    private Container container;

    @BeforeAll
    void start() {
        container = Container.unpack();
        container.start();
        container
                .shell("feature:install lares-example-clock lares-example-ticker lares-example-faulty")
                .succeeded();
        for (String label : List.of(CLOCK, TICKER, FAULTY)) {
            container.await(label + " runs", () -> live(label).isPresent());
        }
    }

    @AfterAll
    void close() {
        try {
            // Killed, it would leave its isolated jobs at work.
            container.stop();
        } finally {
            container.close();
        }
    }

    @Test
    void shouldMoveABundleByOneKeyAndBack() {
        container
                .shell("config:edit " + CLOCK + "; config:property-set zone Europe/Rome; config:update")
                .succeeded();
        container.await("the clock says the time of Rome", () -> log(CLOCK).contains("[Europe/Rome]"));
        var others = runsBut(CLOCK);
        long inContainer = run(CLOCK);
        assertTrue(pid(CLOCK).isEmpty(), "a run in the container has no pid");

        overlay("Isolation Process");
        container.await("the clock has a process", () -> pid(CLOCK).isPresent());
        container.await("the clock says the time", () -> log(CLOCK).contains("[Europe/Rome]"));
        assertNotEquals(inContainer, run(CLOCK));
        assertEquals(List.of(pid(CLOCK).getAsLong()), Container.processesOf(CLOCK));
        assertNotEquals(container.process().orElseThrow().pid(), pid(CLOCK).getAsLong());
        assertFalse(
                container
                        .run("ps", "-o", "args=", "-p", pid(CLOCK).getAsLong() + "")
                        .succeeded()
                        .out()
                        .toLowerCase(java.util.Locale.ROOT)
                        .contains("ticket"),
                "no secret on the command line");

        overlay("Isolation Container");
        container.await(
                "the clock is back in the container",
                () -> live(CLOCK).filter(run -> run.get("pid").isJsonNull()).isPresent());
        container.await("the clock says the time", () -> log(CLOCK).contains("[Europe/Rome]"));
        assertEquals(List.of(), Container.processesOf(CLOCK));
        assertEquals(others, runsBut(CLOCK));
    }

    @ParameterizedTest
    @CsvSource({
        "throw, uncaught exception",
        "oom, out of memory",
        "leak, out of memory",
        "exit, exit called",
        "halt, halted",
        "crash, native crash"
    })
    void shouldEndOnlyTheFaultyJobWithItsOwnCause(String fault, String cause) {
        container.await("the faulty job is well", () -> log(FAULTY).contains("well so far"));
        var others = runsBut(FAULTY);
        long run = run(FAULTY);

        container
                .shell("config:edit " + FAULTY + "; config:property-set fault " + fault + "; config:property-set again "
                        + run + "; config:update")
                .succeeded();
        container.await("the run has ended", () -> container.history(FAULTY).stream()
                .anyMatch(ended -> ended.get("id").getAsLong() == run));
        JsonObject end = container.history(FAULTY).stream()
                .filter(ended -> ended.get("id").getAsLong() == run)
                .findFirst()
                .orElseThrow()
                .getAsJsonObject("end");
        assertEquals(cause, end.get("cause").getAsString(), end.toString());
        if (fault.equals("exit") || fault.equals("halt")) {
            assertEquals(3, end.get("code").getAsInt(), end.toString());
        }
        container.await("it is back", () -> live(FAULTY)
                .filter(live -> live.get("id").getAsLong() != run)
                .isPresent());
        assertEquals(others, runsBut(FAULTY));
    }

    private void overlay(String property) {
        container
                .shell("config:edit org.lares.job~" + CLOCK + "; config:property-set " + property + "; config:update")
                .succeeded();
    }

    private Optional<JsonObject> live(String label) {
        JsonObject job = container.jobs().get(label);
        return job == null || job.get("run").isJsonNull() ? Optional.empty() : Optional.of(job.getAsJsonObject("run"));
    }

    private long run(String label) {
        return live(label).orElseThrow().get("id").getAsLong();
    }

    private OptionalLong pid(String label) {
        Optional<JsonObject> run = live(label).filter(live -> !live.get("pid").isJsonNull());
        return run.isPresent() ? OptionalLong.of(run.get().get("pid").getAsLong()) : OptionalLong.empty();
    }

    private String log(String label) {
        return container.lares("log", label).out();
    }

    private Map<String, Long> runsBut(String label) {
        Map<String, Long> runs = new TreeMap<>();
        container.jobs().forEach((other, job) -> {
            if (!other.equals(label)) {
                runs.put(other, job.getAsJsonObject("run").get("id").getAsLong());
            }
        });
        return runs;
    }
}
