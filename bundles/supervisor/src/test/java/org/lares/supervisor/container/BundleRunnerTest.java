package org.lares.supervisor.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Domain;
import org.lares.job.Isolation;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.supervisor.container.probe.Probe;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.Runner;
import org.osgi.framework.Bundle;

class BundleRunnerTest {
    private static final ContainerRun.Limits LIMITS = new ContainerRun.Limits(
            Duration.ofSeconds(20), Duration.ofMillis(300), Duration.ofMillis(200), Duration.ofSeconds(1));

    @TempDir
    Path folder;

    private TestContainer container;
    private BundleRunner runner;
    private final Recorder recorder = new Recorder();
    private long runs;

    @BeforeEach
    void boot() throws Exception {
        container = new TestContainer(folder);
        runner = new BundleRunner(container.context(), LIMITS);
    }

    @AfterEach
    void shutDown() throws Exception {
        runner.close();
        container.close();
    }

    private RunId start(Bundle bundle, String label) throws Exception {
        return start(bundle, label, Policy.ON_DEMAND);
    }

    private RunId start(Bundle bundle, String label, Policy policy) throws Exception {
        RunId id = RunId.of(++runs);
        JobSpec spec = new JobSpec(
                Label.of(label),
                JobKind.DAEMON,
                new Origin.BundleOrigin(bundle.getBundleId(), bundle.getSymbolicName(), "0.0.0"),
                new Work.BundleWork(bundle.getBundleId(), bundle.getSymbolicName(), Isolation.CONTAINER),
                policy,
                "",
                java.util.List.of());
        runner.start(new Launch(Domain.SYSTEM, spec, id, container.log(label + id)), recorder);
        return id;
    }

    @Test
    void shouldActivateOnlyWhileARunIsLive() throws Exception {
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        bundle.start();
        assertEquals(Bundle.ACTIVE, bundle.getState());
        assertTrue(Probe.isSilent("plain"));

        RunId run = start(bundle, "plain");

        recorder.next("started");
        assertEquals("activated on job plain", Probe.next("plain"));
        runner.signal(run, Runner.END);
        assertEquals("deactivated", Probe.next("plain"));
        assertEquals(Cause.STOPPED, recorder.next("ended").end().cause());
        assertEquals(Bundle.ACTIVE, bundle.getState());
        assertTrue(Probe.isSilent("plain"));
    }

    @Test
    void shouldCallTheMainAndEndWithItsResult() throws Exception {
        Bundle bundle = container.install("main", "", Fixtures.Main.class);
        bundle.start();
        start(bundle, "main");
        recorder.next("started");
        assertEquals("called on job main", Probe.next("main"));
        Probe.latch("main").countDown();

        var end = recorder.next("ended").end();

        assertEquals(Cause.RETURNED, end.cause());
        assertEquals(7, end.code().getAsInt());
    }
}
