package org.lares.sandbox.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
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
import org.lares.job.Remark;
import org.lares.job.RunEnd.Cause;
import org.lares.job.RunId;
import org.lares.job.Work.BundleWork;
import org.lares.sandbox.ProgramRunner;
import org.lares.sandbox.Recorder;
import org.lares.sandbox.RefusedException;
import org.lares.sandbox.closure.Closure;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.Door;
import org.lares.xpc.host.Configuration;

/** Real processes, which speak over a real door. */
class SparesTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final HostTimes PATIENT = new HostTimes(LONG, LONG, LONG, SHORT, LONG);
    private static final SpareTimes AT_ONCE = new SpareTimes(Duration.ZERO, LONG, LONG, SHORT, LONG);
    private static final Label LABEL = Label.of("org.lares.test");
    private static final RunId RUN = RunId.of(1);

    private final Recorder heard = new Recorder();
    private volatile String digest = "digest";
    private volatile String stamp = "stamp";
    private volatile Optional<RefusedException> refusal = Optional.empty();

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
            runner.forget(LABEL);
            awaitThat(() -> spares().isEmpty());
            leave();
        }
    }

    private void open(SpareTimes times) throws IOException {
        programs = new ProgramRunner();
        HostPlace place = new HostPlace(
                hosts(), folder.resolve("door"), Path.of(System.getProperty("java.home")), FakeHost.class.getName());
        ClosureSource source = new ClosureSource() {
            @Override
            public Closure of(BundleWork work) throws RefusedException {
                return closure();
            }

            @Override
            public Object stamp(BundleWork work) {
                return stamp;
            }
        };
        runner = new HostRunner(
                place,
                PATIENT,
                times,
                programs,
                source,
                JvmFlags.NONE,
                (pids, locations) -> List.of(new Configuration("pid", Optional.empty(), Optional.of("a=1"))));
        door = Door.open(place.socket(), false, name -> Optional.empty(), name -> Optional.of(runner));
    }

    private void leave() throws Exception {
        door.close();
        programs.close();
        runner.close();
        door = null;
    }

    private Path hosts() {
        return folder.resolve("hosts");
    }

    private Closure closure() throws RefusedException {
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        List<Path> classPath = Arrays.stream(
                        System.getProperty("java.class.path").split(":", -1))
                .map(Path::of)
                .toList();
        return new Closure(
                digest,
                List.of(),
                classPath,
                false,
                Optional.of("of a reason"),
                Map.of(),
                Set.of("pid"),
                List.of("a lacks b"));
    }

    private JobSpec spec(int warm, String mode, String... options) {
        List<String> all = new ArrayList<>(List.of("-Dmode=" + mode, "-XX:TieredStopAtLevel=1"));
        all.addAll(List.of(options));
        BundleWork work = new BundleWork(
                OptionalLong.of(7),
                "org.lares.test",
                Optional.empty(),
                Isolation.PROCESS,
                new HostOptions(all, warm, List.of()),
                Limits.NONE);
        return new JobSpec(
                LABEL,
                JobKind.DAEMON,
                new Origin.FileOrigin(Path.of("/test.plist")),
                work,
                Policy.ON_DEMAND,
                "",
                List.of());
    }

    private void prepare(JobSpec spec) {
        runner.prepare(Domain.SYSTEM, spec);
    }

    private Launch launch(JobSpec spec) {
        return new Launch(Domain.SYSTEM, spec, RUN, log);
    }

    private ProcessIdentity startReady(JobSpec spec) {
        runner.start(launch(spec), heard);
        ProcessIdentity process = heard.started().identity();
        heard.next(Recorder.Ready.class);
        return process;
    }

    /** Of what is seen from outside only, without a word when it comes about. */
    private static void awaitThat(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it does not come about");
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }

    private void awaitReady(int number) {
        awaitThat(() -> runner.spares(LABEL) == number);
    }

    /** As far as their states are kept. */
    private List<ProcessIdentity> spares() {
        if (!Files.isDirectory(hosts())) {
            return List.of();
        }
        List<ProcessIdentity> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(hosts())) {
            for (Path each : all.toList()) {
                new HostFolder(each)
                        .state()
                        .filter(it -> it.run().isEmpty())
                        .flatMap(HostState::process)
                        .ifPresent(found::add);
            }
        } catch (NoSuchFileException e) {
            // One was removed between the look and the reading.
            return spares();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return found;
    }

    private void awaitEnd(ProcessIdentity process) {
        awaitThat(() -> !Processes.lives(process));
    }

    private void end() {
        assertEquals(Optional.empty(), runner.signal(RUN, Runner.END));
        assertEquals(Cause.STOPPED, heard.ended().end().cause());
    }

    @Test
    void shouldMakeARunOfASpare() throws Exception {
        open(AT_ONCE);
        JobSpec spec = spec(1, "good");
        prepare(spec);
        awaitReady(1);
        ProcessIdentity spare = spares().get(0);
        assertEquals("", Files.readString(log));
        assertEquals(spare, startReady(spec));
        assertEquals("mode good\n", Files.readString(log));
        assertTrue(heard.notes().contains("go 1 [pidOptional[a=1]]"), heard.notes()::toString);
        awaitReady(1);
        assertNotEquals(spare, spares().get(0));
        assertEquals(
                List.of(),
                runner.diagnose(spec, Optional.of(RUN)).stream()
                        .filter(it -> !it.equals("a lacks b"))
                        .toList());
        end();
        assertEquals("mode good\nended\n", Files.readString(log));
    }

    @Test
    void shouldTellWhyARunOfASpareEnded() throws Exception {
        open(AT_ONCE);
        JobSpec spec = spec(1, "exit");
        prepare(spec);
        awaitReady(1);
        runner.start(launch(spec), heard);
        heard.started();
        org.lares.job.RunEnd end = heard.ended().end();
        assertEquals(Cause.EXIT_CALLED, end.cause());
        assertTrue(end.detail().contains("mode exit"), end.detail());
    }

    @Test
    void shouldAdoptARunOfASpare() throws Exception {
        open(AT_ONCE);
        JobSpec spec = spec(1, "good");
        prepare(spec);
        awaitReady(1);
        ProcessIdentity process = startReady(spec);
        runner.forget(LABEL);
        awaitThat(() -> spares().isEmpty());
        leave();
        assertTrue(Processes.lives(process));

        open(AT_ONCE);
        Recorder again = new Recorder();
        runner.adopt(launch(spec), Optional.empty(), again);
        assertEquals(process, again.started().identity());
        again.next(Recorder.Ready.class);
        awaitThat(() -> !runner.facts(LABEL).toString().contains("has not checked in")
                && !runner.diagnose(spec, Optional.of(RUN)).toString().contains("has not checked in"));
        assertEquals(Optional.empty(), runner.signal(RUN, Runner.END));
        assertEquals(Cause.STOPPED, again.ended().end().cause());
    }

    @Test
    void shouldEndSparesWithTheContainer() throws Exception {
        open(AT_ONCE);
        prepare(spec(2, "good"));
        awaitReady(2);
        List<ProcessIdentity> all = spares();
        assertEquals(2, all.size());
        leave();
        all.forEach(this::awaitEnd);
        open(AT_ONCE);
        assertEquals(List.of(), spares());
    }

    @Test
    void shouldLetGoOfSparesOfAnotherDefinition() throws Exception {
        open(AT_ONCE);
        prepare(spec(1, "good"));
        awaitReady(1);
        ProcessIdentity old = spares().get(0);
        JobSpec other = spec(1, "good", "-Dother=1");
        prepare(other);
        awaitEnd(old);
        awaitReady(1);
        prepare(spec(0, "good"));
        awaitThat(() -> spares().isEmpty());
        assertEquals(0, runner.spares(LABEL));
    }

    @Test
    void shouldNotTakeASpareThatIsMadeOfSomethingElse() throws Exception {
        open(AT_ONCE);
        JobSpec spec = spec(1, "good");
        prepare(spec);
        awaitReady(1);
        ProcessIdentity old = spares().get(0);
        stamp = "another";
        digest = "another";
        assertNotEquals(old, startReady(spec));
        awaitEnd(old);
        awaitReady(1);
        end();
    }

    @Test
    void shouldTakeASpareIfOnlyOthersHaveChanged() throws Exception {
        open(AT_ONCE);
        JobSpec spec = spec(1, "good");
        prepare(spec);
        awaitReady(1);
        ProcessIdentity spare = spares().get(0);
        stamp = "another";
        assertEquals(spare, startReady(spec));
        end();
    }

    @Test
    void shouldReplaceALostSpare() throws Exception {
        open(AT_ONCE);
        prepare(spec(1, "good"));
        awaitReady(1);
        ProcessIdentity lost = spares().get(0);
        Processes.signal(lost, 9);
        awaitThat(() -> runner.facts(LABEL).toString().contains("the last warm instance was lost: "));
        awaitReady(1);
        assertNotEquals(lost, spares().get(0));
    }

    @Test
    void shouldWaitLongerForEachSpareThatIsLost() throws Exception {
        open(new SpareTimes(Duration.ZERO, LONG, LONG, Duration.ofMillis(50), LONG));
        JobSpec spec = spec(1, "mortal");
        prepare(spec);
        awaitThat(() -> runner.facts(LABEL).toString().contains("the last warm instance was lost: "));
        // A run does not need one.
        startReady(spec);
        end();
        assertEquals(Duration.ofSeconds(8), SpareTimes.DEFAULT.retry(4));
        assertEquals(Duration.ofMinutes(5), SpareTimes.DEFAULT.retry(100));
    }

    @Test
    void shouldLetGoOfSparesThatNobodyWants() throws Exception {
        Duration idle = Duration.ofSeconds(2);
        open(new SpareTimes(Duration.ZERO, LONG, idle, SHORT, LONG));
        JobSpec spec = spec(1, "good");
        prepare(spec);
        awaitReady(1);
        ProcessIdentity spare = spares().get(0);
        awaitEnd(spare);
        awaitReady(0);
        assertTrue(runner.facts(LABEL).toString().contains("no warm instances"), runner.facts(LABEL)::toString);
        startReady(spec);
        awaitReady(1);
        end();
    }

    @Test
    void shouldKeepNoMoreThanTheContainerMay() throws Exception {
        open(AT_ONCE);
        prepare(spec(Spares.MOST + 1, "good"));
        awaitReady(Spares.MOST);
        awaitThat(() -> runner.facts(LABEL)
                .contains("not all warm instances: the container keeps " + Spares.MOST + " at most"));
    }

    @Test
    void shouldTellHowAJobIsRun() throws Exception {
        open(AT_ONCE);
        JobSpec spec = spec(0, "good");
        prepare(spec);
        startReady(spec);
        List<String> facts = runner.facts(LABEL);
        assertEquals("plain framework, since of a reason", facts.get(0));
        assertEquals("a lacks b", facts.get(1));
        end();
    }

    @Test
    void shouldVerifyWhatAHostNeeds() throws Exception {
        open(AT_ONCE);
        Remark note = runner.verify(spec(0, "good")).get(0);
        assertEquals(Remark.Severity.NOTE, note.severity());
        assertEquals("/test.plist: Isolation: a lacks b", note.toString());
        refusal = Optional.of(new RefusedException(List.of("x needs y", "nobody has y; add it")));
        Remark error = runner.verify(spec(0, "good")).get(0);
        assertEquals(Remark.Severity.ERROR, error.severity());
        assertEquals("no process can be made for it: x needs y: nobody has y; add it", error.message());
    }
}
