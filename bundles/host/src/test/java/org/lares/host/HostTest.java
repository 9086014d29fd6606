package org.lares.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.host.FakeContainer.Visit;
import org.lares.host.jobs.Jobs;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromHost;

/** Real processes, each with a container that is only a door. */
class HostTest {
    private static final String RUN = "12";
    private static final Optional<String> SPARE = Optional.empty();

    @TempDir
    static Path bundles;

    @TempDir
    Path folder;

    private Path socket;
    private FakeContainer container;
    private HostProcess host;

    @BeforeEach
    void open() throws Exception {
        socket = folder.resolve("c.sock");
        container = new FakeContainer(socket);
    }

    @AfterEach
    void close() throws Exception {
        if (host != null) {
            host.close();
        }
        container.close();
    }

    private void start(Class<?> job, Optional<String> run, long exitTimeOut) throws Exception {
        host = HostProcess.start(HostProcess.order(socket, folder, Bundles.of(job, bundles), run, exitTimeOut));
    }

    /** A host that has been let in and told to begin. */
    private Visit run(Class<?> job) throws Exception {
        return run(job, 20_000);
    }

    private Visit run(Class<?> job, long exitTimeOut) throws Exception {
        start(job, Optional.of(RUN), exitTimeOut);
        Visit visit = container.next();
        assertEquals(Optional.of(RUN), visit.admit(HostProcess.TICKET, "second").run());
        visit.go();
        return visit;
    }

    /** What it said last, on the line and in the file. */
    private FromHost.Last last(Visit visit) throws Exception {
        FromHost.Last said = visit.hear(FromHost.Last.class);
        host.exit();
        assertEquals(Optional.of(said), host.last());
        return said;
    }

    private static boolean hasStack(FromHost.Last last, Class<?> of) {
        return last.detail().contains("at ") && last.detail().contains(of.getName());
    }

    @Test
    void shouldEndWithTheCodeOfItsMain() throws Exception {
        Visit visit = run(Jobs.Returns.class);

        assertEquals(new FromHost.Ready(), visit.hear());
        assertEquals(new FromHost.Last("RETURNED", Optional.of(7L), ""), last(visit));
        assertEquals(7, host.exit());
    }

    @Test
    void shouldTellWhatItsMainThrew() throws Exception {
        FromHost.Last last = last(run(Jobs.Throws.class));

        assertEquals("THREW", last.cause());
        assertTrue(last.detail().contains("the main is broken") && hasStack(last, Jobs.Throws.class));
        assertEquals(1, host.exit());
    }

    @Test
    void shouldEndByAnExceptionThatNobodyCatchesInAnyThread() throws Exception {
        FromHost.Last last = last(run(Jobs.Uncaught.class));

        assertEquals("UNCAUGHT", last.cause());
        assertTrue(last.detail().contains("in thread \"worker\"") && hasStack(last, Jobs.Uncaught.class));
        assertEquals(1, host.exit());
    }

    @Test
    void shouldGoOnAfterAFailedTaskOfAPool() throws Exception {
        Visit visit = run(Jobs.FailedTask.class);

        assertTrue(visit.hear(FromHost.Note.class).text().contains("the task is broken"));
        assertEquals("RETURNED", last(visit).cause());
        assertEquals(0, host.exit());
    }

    @Test
    void shouldEndForWantOfMemoryWhereverItShows() throws Exception {
        FromHost.Last last = last(run(Jobs.NoMemory.class));

        assertEquals("OUT_OF_MEMORY", last.cause());
        assertTrue(last.detail().contains("unable to create native thread"));
        assertEquals(1, host.exit());
    }

    @Test
    void shouldFailIfAComponentCannotBeActivated() throws Exception {
        Visit visit = run(Jobs.Broken.class);

        FromHost.Last last = (FromHost.Last) visit.hear();
        assertEquals("ACTIVATION_FAILED", last.cause());
        assertTrue(last.detail().contains("the component is broken") && hasStack(last, Jobs.Broken.class));
        assertEquals(1, host.exit());
    }

    @Test
    void shouldNotBeReadyIfItsMainCannotBeActivated() throws Exception {
        Visit visit = run(Jobs.BrokenMain.class);

        FromHost.Last last = (FromHost.Last) visit.hear();
        assertEquals("ACTIVATION_FAILED", last.cause());
        assertTrue(last.detail().contains("the main's component is broken"));
        assertEquals(1, host.exit());
    }

    @Test
    void shouldFailIfAnActivatorThrows() throws Exception {
        FromHost.Last last = last(run(Jobs.BrokenActivator.class));

        assertEquals("ACTIVATION_FAILED", last.cause());
        assertTrue(last.detail().contains("the activator is broken"));
        assertEquals(1, host.exit());
    }

    @Test
    void shouldTellWhoCalledExitAndDeactivate() throws Exception {
        FromHost.Last last = last(run(Jobs.Exits.class));

        assertEquals("EXIT_CALLED", last.cause());
        assertTrue(last.detail().contains("thread \"job job\"") && hasStack(last, Jobs.Exits.class));
        assertEquals(3, host.exit());
        assertTrue(host.log().contains("deactivated"));
    }

    @Test
    void shouldNotHangIfExitIsCalledInAnActivation() throws Exception {
        FromHost.Last last = last(run(Jobs.ExitsEarly.class));

        assertEquals("EXIT_CALLED", last.cause());
        assertTrue(hasStack(last, Jobs.ExitsEarly.class));
        assertEquals(4, host.exit());
    }

    @Test
    void shouldNotHangIfExitIsCalledInADeactivation() throws Exception {
        Visit visit = run(Jobs.ExitsLate.class);
        visit.hear(FromHost.Ready.class);
        visit.say(new FromContainer.Stop("the test"));

        assertTrue(hasStack(last(visit), Jobs.ExitsLate.class));
        assertEquals(5, host.exit());
    }

    @Test
    void shouldLeaveNoFrameWhenItIsHalted() throws Exception {
        run(Jobs.Halts.class);

        assertEquals(9, host.exit());
        assertEquals(Optional.empty(), host.last());
    }

    @Test
    void shouldTellThatItsBundleWasTakenAway() throws Exception {
        assertEquals("BUNDLE_STOPPED", last(run(Jobs.StopsItself.class)).cause());
    }

    @Test
    void shouldDeactivateWhenItIsAskedToStop() throws Exception {
        Visit visit = run(Jobs.Plain.class);
        visit.hear(FromHost.Ready.class);
        visit.say(new FromContainer.Stop("the test"));

        assertEquals(new FromHost.Last("STOPPED", Optional.empty(), ""), last(visit));
        assertEquals(0, host.exit());
        assertTrue(host.log().contains("deactivated"));
    }

    @Test
    void shouldInterruptItsMainWhenItIsAskedToStop() throws Exception {
        Visit visit = run(Jobs.Obeys.class);
        visit.hear(FromHost.Alive.class);
        visit.say(new FromContainer.Stop("the test"));

        assertEquals(new FromHost.Last("RETURNED", Optional.of(6L), ""), last(visit));
        assertEquals(6, host.exit());
    }

    @Test
    void shouldTellWhereAMainHangsThatIgnoresItsEnd() throws Exception {
        Visit visit = run(Jobs.Ignores.class, 2_000);
        visit.hear(FromHost.Alive.class);
        visit.say(new FromContainer.Stop("the test"));

        assertTrue(visit.hear(FromHost.Note.class).text().contains("stacks"));
        assertEquals(1, host.exit());
        FromHost.Last last = host.last().orElseThrow();
        assertEquals("EXITED", last.cause());
        assertTrue(hasStack(last, Jobs.Ignores.class));
    }

    @Test
    void shouldTellWhereAnActivatorHangsThatDoesNotStop() throws Exception {
        Visit visit = run(Jobs.HangingActivator.class, 1_000);
        visit.hear(FromHost.Ready.class);
        visit.say(new FromContainer.Stop("the test"));

        assertEquals(1, host.exit());
        FromHost.Last last = host.last().orElseThrow();
        assertEquals("EXITED", last.cause());
        assertTrue(hasStack(last, Jobs.HangingActivator.class));
    }

    @Test
    void shouldKeepTheCauseWhenItsDeactivationHangs() throws Exception {
        run(Jobs.HangsAtLast.class, 1_000);

        assertEquals(1, host.exit());
        FromHost.Last last = host.last().orElseThrow();
        assertEquals("THREW", last.cause());
        assertTrue(last.detail().contains("the main is broken") && last.detail().contains("HangsAtLast.deactivate"));
    }

    @Test
    void shouldDeactivateOnSigterm() throws Exception {
        Visit visit = run(Jobs.Plain.class);
        visit.hear(FromHost.Ready.class);
        host.terminate();

        assertEquals(new FromHost.Last("STOPPED", Optional.empty(), "SIGTERM"), last(visit));
        assertEquals(143, host.exit());
        assertTrue(host.log().contains("deactivated"));
    }

    @Test
    void shouldHandOnConfigurations() throws Exception {
        start(Jobs.Configured.class, Optional.of(RUN), 20_000);
        Visit visit = container.next();
        visit.admit(HostProcess.TICKET, "second");
        visit.go(new Configuration("the.pid", Optional.empty(), Optional.of("code=I\"10\"\n")));
        visit.hear(FromHost.Ready.class);
        visit.say(new FromContainer.Configured(
                new Configuration("the.pid", Optional.empty(), Optional.of("code=I\"11\"\n"))));

        assertEquals(Optional.of(21L), last(visit).code());
    }

    @Test
    void shouldReportLifeWithoutFloodingTheLine() throws Exception {
        Visit visit = run(Jobs.Reports.class);

        visit.hear(FromHost.Alive.class);
        visit.say(new FromContainer.Stop("the test"));
        visit.hear(FromHost.Last.class);
        assertTrue(visit.count(FromHost.Alive.class) < 100);
    }

    @Test
    void shouldReturnToAContainerThatWasRestarted() throws Exception {
        Visit visit = run(Jobs.Plain.class);
        visit.hear(FromHost.Ready.class);
        container.close();
        container.open();

        Visit again = container.next();
        assertEquals(Optional.of(RUN), again.admit("second", "third").run());
        assertEquals(new FromHost.Ready(), again.hear());
        again.say(new FromContainer.Stop("the test"));
        assertEquals("STOPPED", last(again).cause());
    }

    @Test
    void shouldTryTheTicketBeforeIfTheLatestIsUnknown() throws Exception {
        start(Jobs.Plain.class, Optional.of(RUN), 20_000);
        Visit visit = container.next();
        visit.admit(HostProcess.TICKET, "second");
        container.close();
        container.open();

        Visit refused = container.next();
        assertArrayEquals(
                "second".getBytes(StandardCharsets.UTF_8), refused.checkIn().ticket());
        refused.cut();
        Visit again = container.next();
        again.admit(HostProcess.TICKET, "third");
        again.go();
        assertEquals(new FromHost.Ready(), again.hear());
    }

    @Test
    void shouldAskAgainAfterARefusalAndSayItsReason() throws Exception {
        start(Jobs.Plain.class, Optional.of(RUN), 20_000);
        Visit refused = container.next();
        refused.checkIn();
        refused.say(new FromContainer.Refused("not expected yet"));
        Visit again = container.next();
        assertTrue(host.log().contains("not expected yet"));
        again.admit(HostProcess.TICKET, "second");
        again.go();
        assertEquals(new FromHost.Ready(), again.hear());
    }

    @Test
    void shouldLeaveItsLastFrameForAContainerThatIsAway() throws Exception {
        Visit visit = run(Jobs.Plain.class);
        visit.hear(FromHost.Ready.class);
        container.close();
        host.terminate();

        assertEquals(143, host.exit());
        assertEquals("STOPPED", host.last().orElseThrow().cause());
    }

    @Test
    void shouldBeginARunLateAsASpare() throws Exception {
        start(Jobs.Returns.class, SPARE, 20_000);
        Visit visit = container.next();
        assertEquals(Optional.empty(), visit.admit(HostProcess.TICKET, "second").run());
        assertEquals(new FromHost.Ready(), visit.hear());
        assertTrue(host.log().contains("waits for a run in process"), host.log());
        assertFalse(host.log().contains("rehearsal"), host.log());
        assertFalse(host.log().contains("activated"), host.log());
        visit.go();

        assertEquals(new FromHost.Ready(), visit.hear());
        assertEquals(Optional.of(7L), last(visit).code());
    }

    @Test
    void shouldEndAsASpareWhoseContainerHasGone() throws Exception {
        start(Jobs.Plain.class, SPARE, 20_000);
        Visit visit = container.next();
        visit.admit(HostProcess.TICKET, "second");
        visit.hear(FromHost.Ready.class);
        visit.cut();

        assertEquals(0, host.exit());
        assertFalse(host.log().contains("activated"));
    }

    @Test
    void shouldNotBelieveWhoDoesNotKeepToTheProtocol() throws Exception {
        start(Jobs.Plain.class, Optional.of(RUN), 20_000);
        List<Object> forged = List.of(
                "no map",
                Map.of("is", "checked-in"),
                new FromContainer.Go(RUN, List.of()).message(),
                new FromContainer.Stop("forged").message());
        for (Object each : forged) {
            Visit visit = container.next();
            visit.checkIn();
            visit.sayRaw(each);
            container.close();
            container.open();
        }
        Visit visit = container.next();
        visit.admit(HostProcess.TICKET, "second");
        visit.sayRaw(Map.of("is", "of a later version"));
        visit.say(new FromContainer.Go("13", List.of()));
        container.close();
        container.open();

        Visit proper = container.next();
        proper.admit("second", "third");
        proper.go();
        assertEquals(new FromHost.Ready(), proper.hear());
        assertTrue(host.isAlive());
    }

    @Test
    void shouldNotBeAHostWithoutAnOrder() throws Exception {
        host = HostProcess.start("no order".getBytes(StandardCharsets.UTF_8), folder);

        assertEquals(1, host.exit());
        assertTrue(Files.notExists(folder.resolve("last")));
    }
}
