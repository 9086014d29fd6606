package org.lares.supervisor.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
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
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.supervisor.container.probe.Probe;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.Runner;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;

class BundleRunnerTest {
    private static final Limits LIMITS =
            new Limits(Duration.ofSeconds(20), Duration.ofMillis(1_500), Duration.ofSeconds(1), Duration.ofSeconds(2));

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
        runner.start(new Launch(Domain.SYSTEM, spec(bundle, label, policy), id, container.log(label + id)), recorder);
        return id;
    }

    private static JobSpec spec(Bundle bundle, String label, Policy policy) {
        return new JobSpec(
                Label.of(label),
                JobKind.DAEMON,
                new Origin.BundleOrigin(bundle.getBundleId(), bundle.getSymbolicName(), "0.0.0"),
                Work.BundleWork.installed(bundle.getBundleId(), bundle.getSymbolicName(), Isolation.CONTAINER),
                policy,
                "",
                List.of());
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

    private static final String ACTIVATOR = "Provide-Capability: org.lares.job;label=own;kind=daemon\n"
            + "Bundle-Activator: org.lares.supervisor.container.";

    private Bundle active(String name, Class<?>... classes) throws Exception {
        Bundle bundle = container.install(name, "", classes);
        bundle.start();
        return bundle;
    }

    private RunEnd runToItsEnd(Bundle bundle, String label) throws Exception {
        start(bundle, label);
        recorder.next("started");
        return recorder.next("ended").end();
    }

    @Test
    void shouldEndWithTheStackWhenTheMainThrows() throws Exception {
        RunEnd end = runToItsEnd(active("throws", Fixtures.Throwing.class), "throws");

        assertEquals(Cause.THREW, end.cause());
        assertTrue(end.detail().contains("the main is broken"));
        assertTrue(end.detail().contains("Fixtures$Throwing.run"));
        assertTrue(end.crashed());
    }

    @Test
    void shouldCallTheEndOfTheMemoryByItsName() throws Exception {
        RunEnd end = runToItsEnd(active("exhausts", Fixtures.Exhausting.class), "exhausts");

        assertEquals(Cause.OUT_OF_MEMORY, end.cause());
        assertTrue(end.detail().contains("Fixtures$Exhausting.run"));
    }

    @Test
    void shouldBeReadyOnceActivated() throws Exception {
        RunId run = start(active("forgets", Fixtures.Forgetful.class), "forgets");
        assertEquals(run, recorder.nextReady());
        Probe.next("forgets");
        Probe.latch("forgets").countDown();
    }

    @Test
    void shouldEndWhenAComponentCannotBeActivated() throws Exception {
        RunEnd end = runToItsEnd(active("broken", Fixtures.Broken.class), "broken");

        assertEquals(Cause.ACTIVATION_FAILED, end.cause());
        assertTrue(end.detail().contains("the activation is broken"));
        assertTrue(end.detail().contains("Fixtures$Broken.activate"));
        assertTrue(recorder.neverReady());
    }

    @Test
    void shouldEndWhenTheMainCannotBeMade() throws Exception {
        RunEnd end = runToItsEnd(active("brokenmain", Fixtures.BrokenMain.class), "brokenmain");

        assertEquals(Cause.ACTIVATION_FAILED, end.cause());
        assertTrue(end.detail().contains("the main cannot be made"));
        assertTrue(Probe.isSilent("brokenmain"));
        assertTrue(recorder.neverReady());
    }

    @Test
    void shouldEndWhenNobodyCatchesAnExceptionOfOneOfItsThreads() throws Exception {
        RunEnd end = runToItsEnd(active("uncaught", Fixtures.Uncaught.class), "uncaught");

        assertEquals(Cause.UNCAUGHT, end.cause());
        assertTrue(end.detail().contains("nobody catches this"));
        assertTrue(end.detail().contains("\"doomed\" (made at "));
    }

    @Test
    void shouldTurnExitInAWorkerThreadIntoTheEndOfTheRun() throws Exception {
        RunEnd end = runToItsEnd(active("exit", Fixtures.Exiting.class), "exit");

        assertEquals(Cause.EXIT_CALLED, end.cause());
        assertEquals(3, end.code().getAsInt());
        assertEquals("unwound", Probe.next("exit"));
    }

    @Test
    void shouldTurnHaltIntoTheEndOfTheRun() throws Exception {
        RunEnd end = runToItsEnd(active("halt", Fixtures.Halting.class), "halt");

        assertEquals(Cause.EXIT_CALLED, end.cause());
        assertEquals(4, end.code().getAsInt());
        assertTrue(Probe.isSilent("halt"));
    }

    @Test
    void shouldNoteFailedTasksAndEndNothing() throws Exception {
        start(active("pool", Fixtures.Pool.class), "pool");
        recorder.next("started");

        assertTrue(recorder.next("noted").text().contains("submitted and failed"));
        assertTrue(recorder.next("noted").text().contains("executed and failed"));
        assertEquals("goes on, done before: true", Probe.next("pool"));
        Probe.latch("pool").countDown();
        assertEquals(Cause.RETURNED, recorder.next("ended").end().cause());
    }

    @Test
    void shouldCallTheMainWhenItAppears() throws Exception {
        start(active("late", Fixtures.LateMain.class), "late");
        recorder.next("started");
        Supplier<String> needed = () -> "it";
        container.context().registerService(Supplier.class, needed, null);

        assertEquals("called with it on job late", Probe.next("late"));
        assertEquals(0, recorder.next("ended").end().code().getAsInt());
    }

    @Test
    void shouldCallAWaitingMainStoppedWhenItIsInterrupted() throws Exception {
        RunId run = start(active("main", Fixtures.Main.class), "main");
        recorder.next("started");
        Probe.next("main");

        runner.signal(run, 15);

        assertEquals(Cause.STOPPED, recorder.next("ended").end().cause());
    }

    @Test
    void shouldStartAgainAsSoonAsARunIsReportedEnded() throws Exception {
        Bundle bundle = active("main", Fixtures.Main.class);
        for (int i = 0; i < 200; i++) {
            RunId run = start(bundle, "main");
            assertEquals(run, recorder.next("started").run());
            Probe.next("main");

            runner.signal(run, Runner.END);

            assertEquals(Cause.STOPPED, recorder.next("ended").end().cause());
        }
    }

    @Test
    void shouldCallTheActivatorOnlyInARun() throws Exception {
        Probe.latch("own").countDown();
        Bundle bundle = container.install("own", ACTIVATOR + "Fixtures$Own", Fixtures.Own.class);
        bundle.start();
        assertEquals(Bundle.ACTIVE, bundle.getState());
        assertTrue(Probe.isSilent("own"));

        for (int i = 0; i < 2; i++) {
            RunId run = start(bundle, "own");
            recorder.next("started");
            assertEquals("started on job own", Probe.next("own"));
            runner.signal(run, Runner.END);
            assertTrue(Probe.next("own").startsWith("stopped on job own"));
            assertEquals(Cause.STOPPED, recorder.next("ended").end().cause());
        }
        bundle.stop();
        assertTrue(Probe.isSilent("own"));
    }

    @Test
    void shouldGateAnActivatorThatInherits() throws Exception {
        Probe.latch("own").countDown();
        Bundle bundle = container.install("heir", ACTIVATOR + "Fixtures$Heir", Fixtures.Own.class, Fixtures.Heir.class);
        bundle.start();
        assertTrue(Probe.isSilent("own"));

        start(bundle, "own");
        recorder.next("started");
        assertEquals("started on job own", Probe.next("own"));
        assertEquals("and its heir", Probe.next("own"));
        bundle.stop();

        assertTrue(Probe.next("own").startsWith("stopped on job own"));
        assertEquals(Cause.BUNDLE_STOPPED, recorder.next("ended").end().cause());
        assertTrue(Probe.isSilent("own"));
    }

    @Test
    void shouldEndWhenTheActivatorThrows() throws Exception {
        Bundle bundle = container.install(
                "brokenactivator", ACTIVATOR + "Fixtures$BrokenActivator", Fixtures.BrokenActivator.class);
        bundle.start();

        RunEnd end = runToItsEnd(bundle, "own");

        assertEquals(Cause.ACTIVATION_FAILED, end.cause());
        assertTrue(end.detail().contains("the activator is broken"));
        assertTrue(Probe.isSilent("brokenactivator"));
    }

    @Test
    void shouldEndTheRunWhenTheBundleIsStoppedByHand() throws Exception {
        Bundle bundle = active("plain", Fixtures.Plain.class);
        start(bundle, "plain");
        recorder.next("started");
        Probe.next("plain");

        bundle.stop();

        assertEquals(Cause.BUNDLE_STOPPED, recorder.next("ended").end().cause());
        assertEquals("deactivated", Probe.next("plain"));
        start(bundle, "plain");
        assertTrue(recorder.next("failed").text().contains("is stopped (by hand)"));
        bundle.start();
        start(bundle, "plain");
        recorder.next("started");
        Probe.next("plain");
    }

    @Test
    void shouldLetABundleStopItself() throws Exception {
        Bundle bundle = active("leaves", Fixtures.Leaving.class);

        RunEnd end = runToItsEnd(bundle, "leaves");

        assertEquals(Cause.BUNDLE_STOPPED, end.cause());
        assertEquals("stopped", Probe.next("leaves"));
        assertEquals(Bundle.RESOLVED, bundle.getState());
    }

    @Test
    void shouldEndTheRunWhenTheBundleIsUpdatedOrUninstalled() throws Exception {
        Bundle bundle = active("plain", Fixtures.Plain.class);
        start(bundle, "plain");
        recorder.next("started");
        bundle.update(container.bundle("plain", "", Fixtures.Plain.class));
        assertEquals(Cause.BUNDLE_STOPPED, recorder.next("ended").end().cause());

        start(bundle, "plain");
        recorder.next("started");
        bundle.uninstall();

        assertEquals(Cause.BUNDLE_STOPPED, recorder.next("ended").end().cause());
        start(bundle, "plain");
        assertTrue(recorder.next("failed").text().contains("not installed"));
    }

    @Test
    void shouldNotBeTouchedByOtherBundles() throws Exception {
        start(active("plain", Fixtures.Plain.class), "plain");
        recorder.next("started");
        Probe.next("plain");

        Bundle another = active("another", Fixtures.Ungated.class);
        container.refresh(another);
        another.update(container.bundle("another", "", Fixtures.Ungated.class));
        another.uninstall();
        container.refresh();

        assertTrue(Probe.isSilent("plain"));
        assertTrue(recorder.isEmpty());
    }

    @Test
    void shouldKeepTheRunsOfTwoJobsApart() throws Exception {
        Bundle plain = active("plain", Fixtures.Plain.class);
        Bundle other = active("other", Fixtures.Other.class);

        RunId first = start(other, "other");
        recorder.next("started");
        assertEquals("activated", Probe.next("other"));
        assertEquals("1 runs in sight", Probe.next("other"));
        assertTrue(Probe.isSilent("plain"));

        start(plain, "plain");
        recorder.next("started");
        Probe.next("plain");
        runner.signal(first, Runner.END);
        assertEquals("deactivated", Probe.next("other"));
        assertEquals(first, recorder.next("ended").run());
        assertTrue(Probe.isSilent("plain"));
    }

    @Test
    void shouldReportARunThatHangsInItsActivation() throws Exception {
        Bundle bundle = active("hangstart", Fixtures.HangingStart.class);
        RunId run = start(bundle, "hangstart");
        recorder.next("started");
        Probe.next("hangstart");

        assertEquals(Optional.empty(), runner.signal(run, Runner.END));
        assertEquals(Optional.empty(), runner.signal(run, 9));
        RunEnd end = recorder.next("ended").end();

        assertEquals(Cause.HUNG, end.cause());
        assertTrue(end.detail().contains("Fixtures$HangingStart.activate"));
        assertTrue(end.detail().contains("Isolation"));
        start(bundle, "hangstart");
        assertTrue(recorder.next("failed").text().contains("still hangs"));
        Probe.latch("hangstart").countDown();
    }

    @Test
    void shouldBoundAnActivationThatNobodyStops() throws Exception {
        runner.close();
        runner = new BundleRunner(
                container.context(),
                new Limits(
                        Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(200), Duration.ofSeconds(1)));
        start(active("hangstart", Fixtures.HangingStart.class), "hangstart");
        recorder.next("started");

        RunEnd end = recorder.next("ended").end();

        assertEquals(Cause.HUNG, end.cause());
        assertTrue(end.detail().contains("activation took longer"));
        assertTrue(end.detail().contains("Fixtures$HangingStart.activate"));
        Probe.latch("hangstart").countDown();
    }

    @Test
    void shouldReportARunThatHangsInItsDeactivation() throws Exception {
        RunId run = start(active("hangstop", Fixtures.HangingStop.class), "hangstop");
        recorder.next("started");
        Probe.next("hangstop");

        runner.signal(run, Runner.END);
        runner.signal(run, 9);
        RunEnd end = recorder.next("ended").end();

        assertEquals(Cause.HUNG, end.cause());
        assertTrue(end.detail().contains("Fixtures$HangingStop.deactivate"));
        assertEquals(1, end.leftThreads());
        Probe.latch("hangstop").countDown();
    }

    @Test
    void shouldBoundAStopByHandOfABundleThatHangs() throws Exception {
        Bundle bundle = active("hangstop", Fixtures.HangingStop.class);
        start(bundle, "hangstop");
        recorder.next("started");
        Probe.next("hangstop");
        Thread stopping = new Thread(() -> {
            try {
                bundle.stop();
            } catch (BundleException e) {
                Probe.say("stopping", e.toString());
            }
        });
        stopping.start();

        assertEquals(Cause.HUNG, recorder.next("ended").end().cause());
        Probe.latch("hangstop").countDown();
        stopping.join();
        assertEquals(Bundle.RESOLVED, bundle.getState());
    }

    @Test
    void shouldNameTheThreadsThatAreLeftBehind() throws Exception {
        RunId run = start(active("forgets", Fixtures.Forgetful.class), "forgets");
        recorder.next("started");
        Probe.next("forgets");

        runner.signal(run, Runner.END);

        String note = recorder.next("noted").text();
        assertTrue(note.contains("\"forgotten\""), note);
        assertTrue(note.contains("Fixtures$Forgetful.activate"), note);
        RunEnd end = recorder.next("ended").end();
        assertEquals(Cause.STOPPED, end.cause());
        assertEquals(1, end.leftThreads());
        Probe.latch("forgets").countDown();
    }

    @Test
    void shouldKnowTheThreadsOfTimersAndPools() throws Exception {
        RunId run = start(active("busy", Fixtures.Busy.class), "busy");
        recorder.next("started");
        Probe.next("busy");

        runner.signal(run, Runner.END);

        Set<String> names = new TreeSet<>();
        for (int i = 0; i < 4; i++) {
            String note = recorder.next("noted").text();
            assertTrue(note.contains("Fixtures$Busy.activate"), note);
            names.add(note.substring(note.indexOf('"'), note.lastIndexOf('"') + 1));
        }
        assertEquals(Set.of("\"clockwork\"", "\"worker\"", "\"end\""), names);
        assertEquals(Cause.STOPPED, recorder.next("ended").end().cause());
        Probe.latch("busy").countDown();
    }

    @Test
    void shouldEndARunThatMissesItsWatchdog() throws Exception {
        Policy policy = Policy.builder().watchdog(Duration.ofMillis(200)).build();
        start(active("watched", Fixtures.Watched.class), "watched", policy);
        recorder.next("started");

        assertEquals("run 1 stopping false", Probe.next("watched"));
        assertEquals("stopping true", Probe.next("watched"));
        RunEnd end = recorder.next("ended").end();
        assertEquals(Cause.WATCHDOG, end.cause());
        assertTrue(end.detail().contains("Fixtures$Watched.run"));
    }

    @Test
    void shouldNameThreadsThatWaitForEachOther() throws Exception {
        // Long enough for both to wait; a look at a run that is not yet deadlocked would name nobody.
        Policy policy = Policy.builder().watchdog(Duration.ofSeconds(2)).build();
        start(active("deadlocks", Fixtures.Deadlocking.class), "deadlocks", policy);
        recorder.next("started");

        RunEnd end = recorder.next("ended").end();
        assertEquals(Cause.WATCHDOG, end.cause());
        assertTrue(end.detail().contains("deadlock: thread \"embraced\" waits for "), end.detail());
    }

    @Test
    void shouldSayWhatIsActivatedWithoutARun() throws Exception {
        start(active("mixed", Fixtures.Plain.class, Fixtures.Companion.class, Fixtures.Ungated.class), "plain");
        recorder.next("started");

        assertTrue(recorder.next("noted").text().contains("Ungated is activated with its bundle"));
        assertEquals("activated", Probe.next("companion"));
    }

    @Test
    void shouldSayWhatCannotBeAttributed() throws Exception {
        start(active("shared", Fixtures.Sharing.class), "shared");
        recorder.next("started");

        assertTrue(recorder.next("noted").text().startsWith("unattributed: CompletableFuture.supplyAsync"));
        assertEquals(5, recorder.next("ended").end().code().getAsInt());
    }

    @Test
    void shouldWriteStacksToTheLogWhenAsked() throws Exception {
        RunId run = start(active("main", Fixtures.Main.class), "main");
        recorder.next("started");
        Probe.next("main");

        runner.signal(run, 3);
        recorder.next("noted");

        assertTrue(Files.readString(folder.resolve("main1.log")).contains("Fixtures$Main.call"));
    }

    @Test
    void shouldCopyWhatTheBundleLogsToTheLogOfItsRun() throws Exception {
        AtomicReference<LogListener> copier = new AtomicReference<>();
        LogReaderService reader = new LogReaderService() {
            @Override
            public void addLogListener(LogListener listener) {
                copier.set(listener);
            }

            @Override
            public void removeLogListener(LogListener listener) {
                copier.compareAndSet(listener, null);
            }

            @Override
            public Enumeration<LogEntry> getLog() {
                return Collections.emptyEnumeration();
            }
        };
        container.context().registerService(LogReaderService.class, reader, null);
        Bundle bundle = active("plain", Fixtures.Plain.class);
        Bundle other = active("other", Fixtures.Other.class);
        start(bundle, "plain");
        Probe.next("plain");

        copier.get().logged(entry(bundle, "mine"));
        copier.get().logged(entry(other, "of another"));

        String log = Files.readString(folder.resolve("plain1.log"));
        assertTrue(log.contains("warn mine"), log);
        assertFalse(log.contains("of another"), log);
        runner.close();
        assertNull(copier.get());
        runner = new BundleRunner(container.context(), LIMITS);
    }

    /** A proxy: the interface has a dozen methods of which the copy needs three. */
    private static LogEntry entry(Bundle bundle, String message) {
        return (LogEntry) Proxy.newProxyInstance(
                LogEntry.class.getClassLoader(),
                new Class<?>[] {LogEntry.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getBundle" -> bundle;
                    case "getMessage" -> message;
                    case "getLogLevel" -> LogLevel.WARN;
                    default -> null;
                });
    }

    @Test
    void shouldRefuseSignalsWithoutMeaning() throws Exception {
        RunId run = start(active("plain", Fixtures.Plain.class), "plain");

        assertTrue(runner.signal(run, 10).isPresent());
        assertEquals(Optional.empty(), runner.signal(RunId.of(99), 15));
    }

    @Test
    void shouldMeasureTheRunsOwnThreads() throws Exception {
        RunId run = start(active("plain", Fixtures.Plain.class), "plain");
        recorder.next("started");
        runner.signal(run, Runner.END);

        var usage = recorder.next("ended").usage();
        assertTrue(usage.memory() > 0);
        assertTrue(usage.cpu().toNanos() > 0);
    }

    @Test
    void shouldReportAnAdoptedRunAsLost() throws Exception {
        Bundle bundle = active("plain", Fixtures.Plain.class);
        runner.adopt(
                new Launch(Domain.SYSTEM, spec(bundle, "plain", Policy.ON_DEMAND), RunId.of(5), folder),
                Optional.empty(),
                recorder);

        recorder.next("started");
        assertEquals(Cause.LOST, recorder.next("ended").end().cause());
    }

    @Test
    void shouldNameTheLeafOfAnUnsatisfiedComponent() throws Exception {
        Bundle bundle = active("late", Fixtures.LateMain.class, Fixtures.Ungated.class);
        active("provider", Fixtures.Provider.class);
        RunId run = start(bundle, "late");
        recorder.next("started");
        // About the ungated component: the activation is over.
        recorder.next("noted");

        var chain = runner.diagnose(spec(bundle, "late", Policy.ON_DEMAND), Optional.of(run));

        assertEquals(3, chain.size(), chain.toString());
        assertTrue(chain.get(0).contains("LateMain"));
        assertTrue(chain.get(1).contains("Provider"));
        assertTrue(chain.get(2).contains("no bundle of the host provides java.lang.Iterable"));
    }

    @Test
    void shouldNameTheRequirementThatNobodyMeets() throws Exception {
        Bundle bundle =
                container.install("plain", "Import-Package: org.acme.far;version='[1,2)',*", Fixtures.Plain.class);

        var chain = runner.diagnose(spec(bundle, "plain", Policy.ON_DEMAND), Optional.empty());

        assertTrue(chain.get(0).contains("missing package org.acme.far [1.0.0,2.0.0)"), chain.toString());
    }
}
