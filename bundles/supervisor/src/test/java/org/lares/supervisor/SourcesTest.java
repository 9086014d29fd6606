package org.lares.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Caller;
import org.lares.job.Domain;
import org.lares.job.JobSpec;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Verification;
import org.lares.supervisor.core.DomainEvent;
import org.lares.supervisor.definition.Definitions;
import org.lares.supervisor.definition.Surroundings;
import org.lares.supervisor.loop.DomainLoop;
import org.lares.supervisor.loop.SystemClock;
import org.lares.supervisor.store.Logs;
import org.lares.supervisor.store.Store;

/** Property lists and what the administrator says about them, with a real loop and a real Configuration Admin. */
@Timeout(60)
class SourcesTest {
    private static final Label CLOCK = Label.of("com.acme.clock");
    private static final String PID = "org.lares.job~com.acme.clock";

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final BlockingQueue<Label> told = new LinkedBlockingQueue<>();
    private Path lists;
    private Administration administration;
    private DomainLoop loop;
    private Sources sources;

    @BeforeEach
    void boot() throws Exception {
        lists = Files.createDirectory(
                folder.resolve("daemons"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        define("");
        administration = opened(new Administration(folder));
        Store store = opened(Store.open(folder.resolve("store")));
        Logs logs = opened(Logs.open(folder.resolve("log")));
        loop = opened(new DomainLoop(Domain.SYSTEM, new SystemClock(), store, logs, work -> Optional.empty()));
    }

    private void define(String more) throws Exception {
        Path list = lists.resolve("com.acme.clock.plist");
        Files.writeString(
                list,
                "<plist version=\"1.0\"><dict><key>Label</key><string>com.acme.clock</string>"
                        + "<key>Program</key><string>/bin/true</string>" + more + "</dict></plist>");
        Files.setPosixFilePermissions(list, PosixFilePermissions.fromString("rw-------"));
    }

    private void load() throws Exception {
        Overlays overlays = opened(new Overlays(administration.context(), administration.admin(), folder));
        Definitions definitions = new Definitions(Surroundings.ofThisProcess(), overlays::of);
        sources = new Sources(administration.context(), loop, definitions, overlays, () -> {});
        loop.start();
        overlays.tell((label, known) -> {
            sources.overlaid(label, known);
            told.add(label);
        });
        sources.load(lists).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void shutDown() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    private void awaitTold() throws InterruptedException {
        assertEquals(CLOCK, told.poll(20, TimeUnit.SECONDS));
    }

    /** After all that the loop was told before. */
    private Optional<JobSpec> spec() throws Exception {
        loop.request(id ->
                        new DomainEvent.SetEnabled(Label.of("other"), true, id, new Caller(0, 0, OptionalLong.empty())))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        return loop.status(CLOCK).map(JobStatus::spec);
    }

    private Optional<Duration> interval() throws Exception {
        return spec().orElseThrow().policy().startInterval();
    }

    @Test
    void shouldLoadAJobAsTheAdministratorWantsIt() throws Exception {
        administration.say(CLOCK, "StartInterval", "900");

        load();

        assertEquals(Optional.of(Duration.ofSeconds(900)), interval());
        assertEquals(Map.of("StartInterval", PID), spec().orElseThrow().overlaid());
    }

    @Test
    void shouldFollowTheAdministratorAndComeBack() throws Exception {
        load();
        assertEquals(Optional.empty(), interval());

        administration.say(CLOCK, "StartInterval", "900");
        awaitTold();
        assertEquals(Optional.of(Duration.ofSeconds(900)), interval());

        administration.unsay(CLOCK);
        awaitTold();
        assertEquals(Optional.empty(), interval());
        assertEquals(Map.of(), spec().orElseThrow().overlaid());
    }

    @Test
    void shouldLeaveALoadedJobAsItWasForABadValue() throws Exception {
        administration.say(CLOCK, "StartInterval", "900");
        load();

        administration.say(CLOCK, "StartInterval", "soon");
        awaitTold();

        assertEquals(Optional.of(Duration.ofSeconds(900)), interval());
        List<Verification> rejected = sources.rejected();
        assertEquals(PID, rejected.get(0).where());
        assertTrue(rejected.get(0).remarks().get(0).toString().startsWith(PID + ": StartInterval: "));

        administration.say(CLOCK, "StartInterval", "800");
        awaitTold();
        assertEquals(Optional.of(Duration.ofSeconds(800)), interval());
        assertEquals(List.of(), sources.rejected());
    }

    @Test
    void shouldNotLoadAJobBeforeABadValueIsMended() throws Exception {
        administration.say(CLOCK, "StartInterval", "soon");
        load();
        assertEquals(Optional.empty(), spec());
        assertEquals(1, sources.rejected().size());

        administration.say(CLOCK, "StartInterval", "900");
        awaitTold();

        assertEquals(Optional.of(Duration.ofSeconds(900)), interval());
        assertEquals(List.of(), sources.rejected());
    }

    @Test
    void shouldStayWithTheJobWhoseListIsGone() throws Exception {
        load();
        Files.delete(lists.resolve("com.acme.clock.plist"));

        administration.say(CLOCK, "StartInterval", "900");
        awaitTold();

        assertEquals(Optional.empty(), interval());
        assertEquals(PID, sources.rejected().get(0).where());
    }
}
