package org.lares.supervisor.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lares.job.Domain;
import org.lares.job.Isolation;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.Work;

class DomainViewTest {
    private static final Label LABEL = Label.of("a");

    @Test
    void shouldShowTheLiveRunWithItsNotes() {
        World world = new World(false);
        world.run("load a keepalive");
        world.run("started a");
        JobStatus status = view(
                        world,
                        Map.of(LABEL, new DomainView.Told(List.of("a thread is left"), Optional.of(Instant.EPOCH))))
                .get(0);
        assertEquals(Optional.of(Instant.EPOCH), status.run().orElseThrow().ready());
        assertEquals(2, status.spares());
        assertEquals(List.of("plain framework"), status.facts());
        assertEquals(JobState.RUNNING, status.state());
        assertEquals(RunId.of(1), status.run().orElseThrow().id());
        assertEquals(1001, status.run().orElseThrow().pid().orElseThrow());
        assertEquals(List.of("a thread is left"), status.notes());
        assertEquals("system/a", status.target());
    }

    @Test
    void shouldTellTheScheduledStartByTheWallClock() {
        World world = new World(false);
        world.run("load a keepalive");
        world.run("started a");
        world.run("clock +5d");
        world.run("ended a exited 1");
        JobStatus status = view(world, Map.of()).get(0);
        assertEquals(Optional.of(world.now().wall().plus(Duration.ofSeconds(10))), status.nextStart());
        assertTrue(status.run().isEmpty());
        assertEquals("exited with 1", status.last().orElseThrow().end().text());
    }

    @Test
    void shouldCallNothingPendingThatIsJustBeingStarted() {
        World world = new World(false);
        world.run("load a runatload");
        assertEquals(Optional.empty(), view(world, Map.of()).get(0).pending());
    }

    @Test
    void shouldJournalTheEndAndTheNextRunInOneEntry() {
        World world = new World(false);
        world.run("load a keepalive throttle=0s");
        world.run("started a");
        DomainMachine.Step step = DomainMachine.step(
                world.state,
                new DomainEvent.ForJob(LABEL, new Event.Ended(RunId.of(1), RunEnd.exited(3), Optional.empty())),
                world.now());
        JournalEntry entry = step.journal().get(0);
        assertEquals(1, step.journal().size());
        assertEquals(JobState.RUNNING, entry.from());
        assertEquals(JobState.STARTING, entry.to());
        assertEquals(Optional.of(RunId.of(2)), entry.run());
        assertEquals("run 1 exited with 3; run 2: speculative (KeepAlive)", entry.cause());
    }

    @Test
    void shouldShowTheQuarantineAndJournalIt() {
        World world = new World(false);
        world.run("load a bundle keepalive quarantine=1");
        world.run("started a");
        DomainMachine.Step step = DomainMachine.step(
                world.state,
                new DomainEvent.ForJob(
                        LABEL,
                        new Event.Ended(
                                RunId.of(1), RunEnd.of(RunEnd.Cause.STOPPED, "").withLeftThreads(2), Optional.empty())),
                world.now());
        String reason = "1 run harmed the container's JVM, the last one, run 1: stopped (2 threads left behind)";
        assertTrue(
                step.journal().get(0).cause().contains("in a process of its own: " + reason),
                step.journal().get(0).cause());
        world.run("ended a stopped left=2");
        JobStatus status = view(world, Map.of()).get(0);
        assertEquals(Optional.of(reason), status.quarantine());
        assertEquals(Isolation.CONTAINER, ((Work.BundleWork) status.spec().work()).isolation());
        assertEquals(Isolation.PROCESS, ((Work.BundleWork) status.effective().work()).isolation());
        world.run("release a");
        assertEquals(Optional.empty(), view(world, Map.of()).get(0).quarantine());
    }

    private static List<JobStatus> view(World world, Map<Label, DomainView.Told> told) {
        return DomainView.of(
                Domain.SYSTEM,
                world.state,
                told,
                new DomainView.Asked() {
                    @Override
                    public int spares(Label label) {
                        return 2;
                    }

                    @Override
                    public List<String> facts(Label label) {
                        return List.of("plain framework");
                    }
                },
                world.now());
    }
}
