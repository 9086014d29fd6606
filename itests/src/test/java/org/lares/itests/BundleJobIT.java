package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Bundles that are jobs, and what Karaf's own commands mean for them. One container; each test has a job of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BundleJobIT {
    private static final String CRASHER = "org.lares.example.crasher";
    private static final String CLOCK = "org.lares.example.clock";
    private static final String TICKER = "org.lares.example.ticker";
    private static final String ACTIVATOR = "org.lares.example.activator";

    private Container container;

    @BeforeAll
    void start() {
        container = Container.unpack();
        container.definition(
                "etc/launchd/daemons/org.lares.itests.bystander.plist",
                "org.lares.itests.bystander",
                container.script("bystander", "exec sleep 1000000"),
                "<key>KeepAlive</key><true/>");
        // Any port that is free, for when ssh is installed.
        container.replace("etc/org.apache.karaf.shell.cfg", "sshPort = 8101", "sshPort = 0");
        container.start();
        container
                .shell("feature:install lares-example-crasher lares-example-clock lares-example-ticker"
                        + " lares-example-activator")
                .succeeded();
    }

    @AfterAll
    void stop() {
        try {
            container.process().ifPresent(running -> container.stop());
        } finally {
            container.close();
        }
    }

    @Test
    void shouldComeBackAfterItsThrottleWhenItsMainThrows() {
        container.await(
                "the crasher has crashed twice",
                () -> container.history(CRASHER).size() >= 2);

        var history = container.history(CRASHER);
        JsonObject second = history.get(history.size() - 2);
        JsonObject first = history.get(history.size() - 1);
        Duration throttle = Duration.ofMillis(container
                .jobs()
                .get(CRASHER)
                .getAsJsonObject("spec")
                .getAsJsonObject("policy")
                .get("throttleMillis")
                .getAsLong());
        Duration between = Duration.between(started(first), started(second));
        assertEquals(Duration.ofSeconds(30), throttle);
        assertFalse(between.compareTo(throttle) < 0, "started again after " + between);
        for (JsonObject run : history) {
            assertEquals("threw", run.getAsJsonObject("end").get("cause").getAsString());
        }
        String told = container.lares("history", "-v", CRASHER).succeeded().out();
        assertTrue(told.contains("java.lang.IllegalStateException: crashed on purpose"), told);
        assertTrue(told.contains("at org.lares.example.crasher.Crasher.call(Crasher.java:"), told);
    }

    /** JLine imports sshd if it can, SCR imports what the shell exports, and every job's bundle is wired to SCR. */
    @Test
    void shouldNotBeDisturbedByAFeatureThatOthersImportIfTheyCan() {
        await(CLOCK, TICKER, ACTIVATOR);
        var before = runIds();

        container.shell("feature:install ssh").succeeded();

        String installed = container.shell("feature:list -i").succeeded().out();
        assertTrue(installed.contains("ssh "), installed);
        assertEquals(before, runIds());
    }

    @Test
    void shouldNotBeDisturbedByAnUnrelatedFeature() {
        await(CLOCK, TICKER, ACTIVATOR);
        var before = runIds();

        container.shell("feature:install log service system").succeeded();

        String installed = container.shell("feature:list -i").succeeded().out();
        assertTrue(installed.contains("log ") && installed.contains("system "), installed);
        assertEquals(before, runIds());
    }

    @Test
    void shouldEndWhenItsBundleIsStoppedAndComeBackWhenItIsStarted() {
        String label = "org.lares.example.clock";
        await(label);
        long run = run(label);

        container.shell("bundle:stop " + CLOCK).succeeded();
        container.await("the clock waits for its bundle", () -> {
            JsonObject job = container.jobs().get(label);
            return job.get("run").isJsonNull() && !job.get("obstacle").isJsonNull();
        });

        assertStoppedWithItsBundle(label, run);
        JsonObject job = container.jobs().get(label);
        assertTrue(job.get("nextStart").isJsonNull(), job.toString());
        String explained = container.lares("explain", label).succeeded().out();
        assertTrue(explained.contains("stopped (by hand)"), explained);

        container.shell("bundle:start " + CLOCK).succeeded();
        await(label);
        assertNotEquals(run, run(label));
    }

    @Test
    void shouldBeBootedOutWhenItsBundleIsUninstalled() {
        await(ACTIVATOR);
        long run = run(ACTIVATOR);
        var before = runIds();

        container.shell("bundle:uninstall " + ACTIVATOR).succeeded();
        container.await("the activator is gone", () -> !container.jobs().containsKey(ACTIVATOR));

        assertEquals(113, container.lares("print", ACTIVATOR).exit());
        assertStoppedWithItsBundle(ACTIVATOR, run);
        before.remove(ACTIVATOR);
        assertEquals(before, runIds());
    }

    @Test
    void shouldBeBootedOutWhenItsFeatureIsUninstalled() {
        await(TICKER);
        long run = run(TICKER);
        var before = runIds();

        container.shell("feature:uninstall lares-example-ticker").succeeded();
        container.await("the ticker is gone", () -> !container.jobs().containsKey(TICKER));

        assertEquals(113, container.lares("print", TICKER).exit());
        assertStoppedWithItsBundle(TICKER, run);
        before.remove(TICKER);
        assertEquals(before, runIds());
    }

    /** That this was the job's last run: nothing was tried in vain while its bundle went away. */
    private void assertStoppedWithItsBundle(String label, long run) {
        JsonObject last = container.history(label).get(0);
        assertEquals(run, last.get("id").getAsLong(), last.toString());
        assertEquals("bundle stopped", last.getAsJsonObject("end").get("cause").getAsString());
    }

    /** Returns when these of them run that are still there. */
    private void await(String... labels) {
        container.await("all of " + String.join(", ", labels) + " run", () -> {
            var jobs = container.jobs();
            for (String label : labels) {
                if (jobs.containsKey(label) && jobs.get(label).get("run").isJsonNull()) {
                    return false;
                }
            }
            return true;
        });
    }

    private long run(String label) {
        return container.jobs().get(label).getAsJsonObject("run").get("id").getAsLong();
    }

    /** The live run of every job that is to stay up. */
    private Map<String, Long> runIds() {
        Map<String, Long> ids = new TreeMap<>();
        container.jobs().forEach((label, job) -> {
            if (!label.equals(CRASHER)) {
                ids.put(label, job.getAsJsonObject("run").get("id").getAsLong());
            }
        });
        return ids;
    }

    private static Instant started(JsonObject run) {
        return Instant.parse(run.get("started").getAsString());
    }
}
