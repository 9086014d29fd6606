package org.lares.sandbox.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Domain;
import org.lares.job.HostOptions;
import org.lares.job.Isolation;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Work.BundleWork;
import org.lares.sandbox.Fifo;
import org.lares.sandbox.ProcStat;
import org.lares.sandbox.ProgramRunner;
import org.lares.sandbox.Recorder;
import org.lares.sandbox.closure.Closure;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.Client;
import org.lares.xpc.Connection;
import org.lares.xpc.Door;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromContainer.Refused;
import org.lares.xpc.host.FromHost.CheckIn;
import org.lares.xpc.host.Order;

/** Real processes, which speak over a real door. */
class HostRunnerTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final HostTimes PATIENT = new HostTimes(LONG, LONG, LONG, SHORT, LONG);
    private static final RunId RUN = RunId.of(1);

    private final Recorder heard = new Recorder();
    private final List<Configuration> configurations = new CopyOnWriteArrayList<>();
    private Optional<String> refusal = Optional.empty();
    private List<Path> classPath = Arrays.stream(
                    System.getProperty("java.class.path").split(":", -1))
            .map(Path::of)
            .toList();

    @TempDir
    Path folder;

    private Path log;
    private ProgramRunner programs;
    private HostRunner runner;
    private Door door;

    @BeforeEach
    void makeLog() throws Exception {
        log = Files.createFile(folder.resolve("1.log"));
    }

    @AfterEach
    void close() throws Exception {
        if (door != null) {
            leave();
        }
    }

    private void open(HostTimes times) throws IOException {
        programs = new ProgramRunner();
        HostPlace place = new HostPlace(
                hosts(), folder.resolve("door"), Path.of(System.getProperty("java.home")), FakeHost.class.getName());
        runner = new HostRunner(place, times, programs, work -> closure(), JvmFlags.NONE, this::configurations);
        door = Door.open(place.socket(), false, name -> Optional.empty(), name -> Optional.of(runner));
    }

    private void leave() throws Exception {
        door.close();
        programs.close();
        runner.close();
    }

    private Path hosts() {
        return folder.resolve("hosts");
    }

    private Closure closure() throws IOException {
        if (refusal.isPresent()) {
            throw new IOException(refusal.get());
        }
        return new Closure(
                "digest", List.of(), classPath, true, Optional.empty(), Map.of(), Set.of("pid", "factory"), List.of());
    }

    private List<Configuration> configurations(Set<String> pids, Set<String> locations) {
        return configurations.stream()
                .filter(it -> pids.contains(it.pid())
                        || it.factoryPid().filter(pids::contains).isPresent())
                .toList();
    }

    private Launch launch(String mode, String... options) {
        return launch(Policy.ON_DEMAND, mode, options);
    }

    private Launch launch(Policy policy, String mode, String... options) {
        List<String> all = new ArrayList<>(List.of("-Dmode=" + mode, "-XX:TieredStopAtLevel=1"));
        all.addAll(List.of(options));
        BundleWork work = new BundleWork(
                OptionalLong.of(7),
                "org.lares.test",
                Optional.empty(),
                Isolation.PROCESS,
                new HostOptions(all, 0, List.of()),
                Limits.NONE);
        JobSpec spec = new JobSpec(
                Label.of("org.lares.test"),
                JobKind.DAEMON,
                new Origin.FileOrigin(Path.of("/test.plist")),
                work,
                policy,
                "",
                List.of());
        return new Launch(Domain.SYSTEM, spec, RUN, log);
    }

    private ProcessIdentity startReady(Launch launch) {
        runner.start(launch, heard);
        ProcessIdentity process = heard.started().identity();
        heard.next(Recorder.Ready.class);
        return process;
    }

    private RunEnd endOf(HostTimes times, Launch launch) throws Exception {
        open(times);
        runner.start(launch, heard);
        heard.started();
        return heard.ended().end();
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> left = Files.list(hosts())) {
            assertEquals(List.of(), left.toList());
        }
    }

    private HostState state() throws IOException {
        return new HostFolder(hosts().resolve("1")).state().orElseThrow();
    }

    @Test
    void shouldStartAHostAndStopIt() throws Exception {
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        assertFalse(Files.exists(hosts().resolve("1").resolve(HostFolder.ORDER)));
        assertEquals(List.of(), runner.diagnose(launch("good").spec(), Optional.of(RUN)));
        List<String> environment = ProcessHandle.of(process.pid()).isPresent()
                ? Files.readString(Path.of("/proc/" + process.pid() + "/environ"))
                        .lines()
                        .toList()
                : List.of();
        assertTrue(environment.toString().contains("LARES_RUN_ID=1"));
        assertEquals(Optional.empty(), runner.signal(RUN, Runner.END));
        assertEquals(RunEnd.of(Cause.STOPPED, ""), heard.ended().end());
        assertNothingLeft();
    }

    @Test
    void shouldPassALongClassPath() throws Exception {
        List<Path> all = new ArrayList<>(classPath);
        for (int i = 0; i < 2000; i++) {
            all.add(folder.resolve("a \"jar\" of a rather long name, of which there are many, " + i + ".jar"));
        }
        classPath = all;
        open(PATIENT);
        startReady(launch("good"));
        runner.signal(RUN, Runner.END);
        assertEquals(Cause.STOPPED, heard.ended().end().cause());
        assertNothingLeft();
    }

    @Test
    void shouldSayWhyNothingIsStarted() throws Exception {
        refusal = Optional.of("cannot resolve org.lares.test: no package a.b; add it");
        open(PATIENT);
        runner.start(launch("good"), heard);
        assertEquals(refusal.get(), heard.failed().reason());
        assertEquals(List.of(refusal.get()), runner.diagnose(launch("good").spec(), Optional.empty()));
    }

    @Test
    void shouldTellAnExitCallFromAHalt() throws Exception {
        RunEnd exit = endOf(PATIENT, launch("exit"));
        assertEquals(Cause.EXIT_CALLED, exit.cause());
        assertEquals(OptionalInt.of(3), exit.code());
        assertTrue(exit.detail().startsWith("a stack\n"), exit.detail());
        assertTrue(exit.detail().contains("mode exit"), exit.detail());
        leave();

        RunEnd halt = endOf(PATIENT, launch("halt"));
        assertEquals(Cause.HALTED, halt.cause());
        assertEquals(OptionalInt.of(7), halt.code());
        assertNothingLeft();
    }

    @Test
    void shouldReadTheLastFrameFromItsFile() throws Exception {
        RunEnd end = endOf(PATIENT, launch("frameOnly"));
        assertEquals(Cause.UNCAUGHT, end.cause());
        assertTrue(end.detail().startsWith("java.lang.Error: oops"), end.detail());
    }

    @Test
    void shouldTellAJvmWithoutMemory() throws Exception {
        RunEnd end = endOf(PATIENT, launch("memory", "-Xmx16m"));
        assertEquals(Cause.OUT_OF_MEMORY, end.cause(), end.detail());
        assertEquals("out of memory: Java heap space", end.text());
        assertTrue(end.detail().contains("Heap:"), end.detail());
        assertTrue(end.detail().contains("FakeHost.work"), end.detail());
        assertTrue(Files.size(folder.resolve("1.log" + PostMortem.REPORT)) > 0);
        assertNothingLeft();
    }

    @Test
    void shouldTellANativeCrash() throws Exception {
        RunEnd end = endOf(PATIENT, launch("segv"));
        assertEquals(Cause.NATIVE_CRASH, end.cause(), end.detail());
        assertTrue(end.text().startsWith("native crash: SIGSEGV (0xb) in "), end.text());
        assertTrue(Files.size(folder.resolve("1.log" + PostMortem.REPORT)) > 0);
        assertNothingLeft();
    }

    @Test
    void shouldTellAKill() throws Exception {
        assertEquals(RunEnd.signaled(9), endOf(PATIENT, launch("kill")));
        assertNothingLeft();
    }

    @Test
    void shouldTellASignalThatTheJvmTurnsIntoAnExit() throws Exception {
        open(PATIENT);
        startReady(launch("good"));
        assertEquals(Optional.empty(), runner.signal(RUN, 15));
        assertEquals(RunEnd.signaled(15), heard.ended().end());
        assertNothingLeft();
    }

    @Test
    void shouldTellAJvmThatDoesNotStart() throws Exception {
        RunEnd end = endOf(PATIENT, launch("good", "-XX:NoSuchOption"));
        assertEquals(Cause.SPAWN_FAILED, end.cause());
        assertTrue(end.detail().contains("NoSuchOption"), end.detail());
        assertNothingLeft();
    }

    @Test
    void shouldEndAHostThatDoesNotCheckIn() throws Exception {
        // Long enough for the JVM to be up, so that SIGQUIT has its stacks written.
        HostTimes times = new HostTimes(Duration.ofSeconds(3), LONG, LONG, Duration.ofSeconds(2), LONG);
        RunEnd end = endOf(times, launch("silent"));
        assertEquals(Cause.CHECK_IN_LOST, end.cause());
        assertTrue(end.text().contains("it did not check in within 3 s"), end.text());
        assertTrue(Files.readString(log).contains("Full thread dump"));
        assertNothingLeft();
    }

    @Test
    void shouldEndAHostThatDoesNotGetReady() throws Exception {
        RunEnd end = endOf(new HostTimes(LONG, Duration.ofSeconds(1), LONG, SHORT, LONG), launch("slow"));
        assertEquals(Cause.ACTIVATION_FAILED, end.cause());
        assertTrue(end.text().contains("not active within 1 s"), end.text());
        assertNothingLeft();
    }

    @Test
    void shouldSayWhereAHostHangsThatKnowsIt() throws Exception {
        RunEnd end = endOf(new HostTimes(LONG, Duration.ofSeconds(1), LONG, SHORT, LONG), launch("hung"));
        assertEquals(Cause.ACTIVATION_FAILED, end.cause());
        assertTrue(end.text().contains("it hangs here"), end.text());
        assertNothingLeft();
    }

    @Test
    void shouldTakeALastFrameThatIsNoneForNone() throws Exception {
        RunEnd end = endOf(PATIENT, launch("babbler"));
        assertEquals(Cause.HALTED, end.cause());
        assertEquals(OptionalInt.of(7), end.code());
        assertNothingLeft();
    }

    @Test
    void shouldEndAHostThatMissesItsWatchdog() throws Exception {
        open(PATIENT);
        Policy policy = Policy.builder().watchdog(Duration.ofMillis(500)).build();
        startReady(launch(policy, "good"));
        RunEnd end = heard.ended().end();
        assertEquals(Cause.WATCHDOG, end.cause());
        assertTrue(end.detail().startsWith("it did not report for "), end.detail());
        assertNothingLeft();
    }

    @Test
    void shouldRefuseAForgedCheckIn() throws Exception {
        open(PATIENT);
        startReady(launch("forger"));
        assertTrue(Files.readString(log).contains("forged: Refused[reason=its ticket is not good"));
        assertTrue(heard.notes().stream().anyMatch(it -> it.contains("its ticket is not good")));
        runner.signal(RUN, Runner.END);
        assertEquals(Cause.STOPPED, heard.ended().end().cause());
    }

    @Test
    void shouldRefuseARepeatedCheckIn() throws Exception {
        open(PATIENT);
        startReady(launch("repeater"));
        assertTrue(
                heard.notes().toString().contains("repeated: Refused[reason=the host has checked in already]"),
                heard.notes()::toString);
        runner.signal(RUN, Runner.END);
        assertEquals(Cause.STOPPED, heard.ended().end().cause());
    }

    @Test
    void shouldRefuseAStolenTicket() throws Exception {
        Fifo tell = Fifo.create(folder.resolve("tell"));
        Fifo wait = Fifo.create(folder.resolve("wait"));
        open(PATIENT);
        runner.start(launch("patient", "-Dtell=" + tell, "-Dwait=" + wait), heard);
        heard.started();
        byte[] ticket = HexFormat.of().parseHex(tell.read().strip());
        assertEquals("its ticket is another process's: somebody has stolen it", refused("1", ticket));
        assertEquals("there is no host 2", refused("2", ticket));
        wait.write("go\n");
        heard.next(Recorder.Ready.class);
        assertTrue(heard.notes().toString().contains("somebody has stolen it"));
        assertEquals("the host has checked in already", refused("1", ticket));
        runner.signal(RUN, Runner.END);
        assertEquals(Cause.STOPPED, heard.ended().end().cause());
    }

    private String refused(String id, byte[] ticket) throws Exception {
        try (Connection line = Client.connect(folder.resolve("door"), Order.ENDPOINT)) {
            line.send(new CheckIn(id, ticket, Optional.of(id)).message());
            Refused refused = assertInstanceOf(
                    Refused.class, FromContainer.of(line.receive()).orElseThrow());
            assertThrows(IOException.class, line::receive);
            return refused.reason();
        }
    }

    @Test
    void shouldGoOnWithAHostAfterARestart() throws Exception {
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        HostState before = state();
        assertEquals(Optional.of(process), before.process());
        leave();
        assertFalse(ProcStat.of(process.pid()).orElseThrow().dead());

        open(PATIENT);
        Recorder again = new Recorder();
        runner.adopt(launch("good"), Optional.of(process), again);
        assertEquals(process, again.started().identity());
        again.next(Recorder.Ready.class);
        awaitLine();
        // The ticket before is void once the host has said that it keeps the new one.
        await(() -> !Arrays.equals(before.tickets().current(), state().tickets().current()));
        assertEquals(Optional.empty(), runner.signal(RUN, Runner.END));
        RunEnd end = again.ended().end();
        assertEquals(Cause.STOPPED, end.cause());
        assertNothingLeft();
    }

    private void awaitLine() throws Exception {
        await(() -> runner.diagnose(launch("good").spec(), Optional.of(RUN)).isEmpty());
    }

    /** What no event tells a test of. */
    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.call()) {
            assertTrue(System.nanoTime() - end < 0, "it never came to pass");
            Thread.sleep(20);
        }
    }

    @Test
    void shouldFindAHostThatWasNotRecorded() throws Exception {
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        leave();
        open(PATIENT);
        Recorder again = new Recorder();
        runner.adopt(launch("good"), Optional.empty(), again);
        assertEquals(process, again.started().identity());
        again.next(Recorder.Ready.class);
        assertEquals(Optional.empty(), runner.signal(RUN, 9));
        assertEquals(RunEnd.signaled(9), again.ended().end());
        assertNothingLeft();
    }

    @Test
    void shouldTellHowAHostEndedWhileTheContainerWasAway() throws Exception {
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        leave();
        Files.write(
                hosts().resolve("1").resolve(Order.LAST_FRAME),
                org.lares.xpc.cbor.Cbor.encode(
                        new org.lares.xpc.host.FromHost.Last("THREW", Optional.empty(), "java.lang.Error: alone")
                                .message()));
        ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly();
        ProcessHandle.of(process.pid()).ifPresent(it -> it.onExit().join());
        open(PATIENT);
        Recorder again = new Recorder();
        runner.adopt(launch("good"), Optional.of(process), again);
        again.started();
        again.next(Recorder.Ready.class);
        RunEnd end = again.ended().end();
        assertEquals(Cause.THREW, end.cause());
        assertNothingLeft();
    }

    @Test
    void shouldRemoveWhatDeadHostsLeft() throws Exception {
        open(PATIENT);
        startReady(launch("good"));
        HostState state = state();
        runner.signal(RUN, 9);
        heard.ended();
        HostFolder dead = new HostFolder(hosts().resolve("1"));
        dead.create();
        dead.write(state);
        new HostFolder(hosts().resolve("2")).create();
        leave();
        HostTimes quick = new HostTimes(LONG, LONG, Duration.ZERO, SHORT, LONG);
        open(quick);
        leave();
        open(quick);
        // Posted behind the sweep.
        runner.adopt(launch("good"), Optional.empty(), heard);
        heard.started();
        assertEquals(Cause.UNKNOWN, heard.ended().end().cause());
        assertNothingLeft();
    }

    @Test
    void shouldGiveConfigurationsAndTheirChanges() throws Exception {
        configurations.add(new Configuration("pid", Optional.empty(), Optional.of("a=1")));
        configurations.add(new Configuration("factory~x", Optional.of("factory"), Optional.of("b=1")));
        configurations.add(new Configuration("later", Optional.empty(), Optional.of("c=1")));
        configurations.add(new Configuration("other", Optional.empty(), Optional.of("d=1")));
        open(PATIENT);
        startReady(launch("wants"));
        configurations.removeIf(it -> it.pid().equals("pid"));
        runner.configured(Set.of("pid"));
        runner.configured(Set.of("factory~x", "factory"));
        configurations.removeIf(it -> it.pid().equals("other"));
        runner.configured(Set.of("other"));
        heard.awaitNote("configured laterOptional[c=1]");
        heard.awaitNote("configured pidOptional.empty");
        runner.signal(RUN, Runner.END);
        heard.ended();
        Set<String> notes = new HashSet<>(heard.notes());
        assertEquals(
                Set.of(
                        "go 1 [pidOptional[a=1], factory~xOptional[b=1]]",
                        "configured laterOptional[c=1]",
                        "configured pidOptional.empty"),
                notes);
    }

    @Test
    void shouldTellWhatChangedWhileTheContainerWasAway() throws Exception {
        configurations.add(new Configuration("pid", Optional.empty(), Optional.of("a=1")));
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        leave();
        configurations.clear();
        configurations.add(new Configuration("factory~x", Optional.of("factory"), Optional.of("b=1")));
        open(PATIENT);
        Recorder again = new Recorder();
        runner.adopt(launch("good"), Optional.of(process), again);
        again.awaitNote("configured factory~xOptional[b=1]");
        again.awaitNote("configured pidOptional.empty");
        assertEquals(2, again.notes().size());
        runner.signal(RUN, 9);
        again.started();
        again.next(Recorder.Ready.class);
        assertEquals(RunEnd.signaled(9), again.ended().end());
    }

    @Test
    void shouldNoteAHostThatStaysAwayAndLetItLive() throws Exception {
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        leave();
        assertEquals(
                0,
                new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
                        .start()
                        .waitFor());
        // Else it may check in before it stands still.
        await(() -> ProcStat.of(process.pid()).orElseThrow().state() == 'T');
        open(new HostTimes(LONG, LONG, Duration.ofSeconds(1), SHORT, LONG));
        Recorder again = new Recorder();
        runner.adopt(launch("good"), Optional.of(process), again);
        again.started();
        again.next(Recorder.Ready.class);
        again.awaitNote("it has not checked in for 1 s; it lives, but can be ended by signals only");
        assertTrue(runner.diagnose(launch("good").spec(), Optional.of(RUN))
                .toString()
                .contains("is stopped by a signal"));
        assertEquals(Optional.empty(), runner.signal(RUN, 9));
        assertEquals(RunEnd.signaled(9), again.ended().end());
    }

    @Test
    void shouldEndAHostThatNobodyClaims() throws Exception {
        open(PATIENT);
        ProcessIdentity process = startReady(launch("good"));
        leave();
        open(new HostTimes(LONG, LONG, Duration.ZERO, SHORT, LONG));
        ProcessHandle handle = ProcessHandle.of(process.pid()).orElseThrow();
        leave();
        handle.onExit().join();
        open(new HostTimes(LONG, LONG, Duration.ZERO, SHORT, LONG));
        leave();
        open(PATIENT);
        assertNothingLeft();
    }

    @Test
    void shouldGiveUpAStartThatWaits() throws Exception {
        Fifo block = Fifo.create(folder.resolve("block"));
        programs = new ProgramRunner();
        HostPlace place = new HostPlace(hosts(), folder.resolve("door"), Path.of("/none"), "none");
        runner = new HostRunner(
                place,
                PATIENT,
                programs,
                work -> {
                    Files.readString(Path.of(block.toString()));
                    return closure();
                },
                JvmFlags.NONE,
                this::configurations);
        door = Door.open(place.socket(), false, name -> Optional.empty(), name -> Optional.of(runner));
        runner.start(launch("good"), heard);
        assertEquals(Optional.empty(), runner.signal(RUN, Runner.END));
        assertEquals(
                "it was asked to end before its process was started",
                heard.failed().reason());
        block.write("go\n");
    }

    @Test
    void shouldKnowTicketsByTheirHashes() {
        byte[] first = Tickets.create();
        byte[] second = Tickets.create();
        Tickets tickets = Tickets.first(first);
        assertTrue(tickets.admit(first));
        Tickets rotated = tickets.rotate(first, second);
        assertTrue(rotated.admit(first));
        assertTrue(rotated.admit(second));
        assertFalse(rotated.kept().admit(first));
        assertTrue(rotated.kept().admit(second));
        assertFalse(tickets.admit(new byte[0]));
        assertArrayEquals(rotated.kept().current(), Tickets.first(second).current());
    }
}
