package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A start of an isolated job takes a process that stands ready. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WarmInstancesIT {
    private static final String CLOCK = "org.lares.example.clock";

    private Container container;

    @BeforeAll
    void start() {
        container = Container.unpack();
        container.start();
        container.shell("feature:install lares-example-clock").succeeded();
        container.await("the clock runs", () -> !job().get("run").isJsonNull());
    }

    @AfterAll
    void close() {
        container.close();
    }

    @Test
    void shouldStartFromAProcessThatStandsReady() {
        container
                .shell("config:edit org.lares.job~" + CLOCK
                        + "; config:property-set Isolation Process; config:property-set WarmInstances 1; config:update")
                .succeeded();
        // Of one moment: a run that takes the spare leaves none for a while.
        container.await("a process stands ready beside the run", () -> {
            JsonObject job = job();
            return job.get("spares").getAsInt() == 1 && pid(job) > 0;
        });
        List<Long> processes = Container.processesOf(CLOCK);
        assertEquals(2, processes.size(), processes.toString());
        long before = pid();
        long spare = processes.stream().filter(it -> it != before).findFirst().orElseThrow();

        container.lares("kickstart", "-k", CLOCK).succeeded();
        container.await("the spare is the run", () -> pid() == spare);
        container.await(
                "it is at work",
                () -> log().contains("waits for a run in process " + spare)
                        && log().contains(" starts in process " + spare));
        container.await("another stands ready", () -> job().get("spares").getAsInt() == 1);
        assertTrue(Container.processesOf(CLOCK).contains(spare));

        container
                .shell("config:edit org.lares.job~" + CLOCK + "; config:property-set WarmInstances 0; config:update")
                .succeeded();
        container.await(
                "no process stands ready",
                () -> job().get("spares").getAsInt() == 0
                        && Container.processesOf(CLOCK).equals(List.of(pid())));
    }

    private JsonObject job() {
        return container.jobs().get(CLOCK);
    }

    /** 0 while there is none. */
    private long pid() {
        return pid(job());
    }

    private static long pid(JsonObject job) {
        return job.get("run").isJsonNull()
                        || job.getAsJsonObject("run").get("pid").isJsonNull()
                ? 0
                : job.getAsJsonObject("run").get("pid").getAsLong();
    }

    private String log() {
        return container.lares("log", CLOCK).out();
    }
}
