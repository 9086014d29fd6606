package org.lares.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Work;
import org.lares.supervisor.definition.Overlay;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** With a real Configuration Admin. */
class OverlaysTest {
    private static final Label CLOCK = Label.of("com.acme.clock");
    private static final String PID = "org.lares.job~com.acme.clock";

    @TempDir
    Path folder;

    private Administration administration;
    private ConfigurationAdmin admin;
    private Overlays overlays;
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @BeforeEach
    void boot() throws Exception {
        Files.createDirectories(folder.resolve("etc"));
        administration = new Administration(folder);
        admin = administration.admin();
    }

    @AfterEach
    void shutDown() throws Exception {
        if (overlays != null) {
            overlays.close();
        }
        administration.close();
    }

    private void open() throws Exception {
        overlays = new Overlays(administration.context(), admin, folder.resolve("etc"));
    }

    private void tell() {
        overlays.tell((label, known) -> told.add(label + (known.isPresent() ? " loaded" : "")));
    }

    private void awaitTold(String text) throws InterruptedException {
        assertEquals(text, told.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void shouldKnowWhatIsThereAtOnce() throws Exception {
        named().update(properties("Isolation", "Process"));

        open();

        assertEquals(Optional.of(new Overlay(PID, Map.of("Isolation", "Process"))), overlays.of(CLOCK));
        assertEquals(Optional.empty(), overlays.of(Label.of("com.acme.other")));
    }

    @Test
    void shouldTakeAConfigurationThatIsOnlyCalledSo() throws Exception {
        // As Karaf's config:edit makes it.
        admin.getConfiguration(PID, null).update(properties("Isolation", "Process"));

        open();

        assertTrue(overlays.of(CLOCK).isPresent());
    }

    @Test
    void shouldFollowAConfiguration() throws Exception {
        open();
        tell();

        Configuration configuration = named();
        configuration.update(properties("Isolation", "Process"));
        awaitTold("com.acme.clock");
        assertEquals("Process", overlays.of(CLOCK).orElseThrow().properties().get("Isolation"));

        configuration.update(properties("Isolation", "Container"));
        awaitTold("com.acme.clock");
        assertEquals("Container", overlays.of(CLOCK).orElseThrow().properties().get("Isolation"));

        configuration.delete();
        awaitTold("com.acme.clock");
        assertEquals(Optional.empty(), overlays.of(CLOCK));
    }

    @Test
    void shouldTellOnlyTheLabelThatIsMeant() throws Exception {
        admin.getFactoryConfiguration("org.lares.job", "a", null).update(properties("RunAtLoad", true));
        open();
        tell();

        admin.getConfiguration("com.acme.something", null).update(properties("RunAtLoad", true));
        named().update(properties("RunAtLoad", true));

        awaitTold("com.acme.clock");
        assertTrue(told.isEmpty());
    }

    @Test
    void shouldTellWhatWasLoadedWithWhatWasSaidBefore() throws Exception {
        open();
        tell();
        Consumer<JobSpec> early = overlays.loads();
        named().update(properties("Isolation", "Process"));
        awaitTold("com.acme.clock");
        Consumer<JobSpec> late = overlays.loads();

        late.accept(spec("late"));
        early.accept(spec("early"));

        awaitTold("early loaded");
        assertTrue(told.isEmpty());
    }

    @Test
    void shouldSayWhatIsForNoJob() throws Exception {
        admin.createFactoryConfiguration("org.lares.job", null).update(properties("Isolation", "Process"));
        admin.getFactoryConfiguration("org.lares.job", "a b", null).update(properties("Isolation", "Process"));

        open();

        assertEquals(2, overlays.rejected().size());
        assertTrue(overlays.rejected().get(0).remarks().get(0).remedy().contains("org.lares.job~LABEL"));
    }

    @Test
    void shouldHoldBackAJobWhoseFileIsNotYetRead() throws Exception {
        Path file = Files.writeString(folder.resolve("etc").resolve(PID + ".cfg"), "Isolation = Process\n");
        open();
        tell();
        assertTrue(overlays.of(CLOCK).orElseThrow().isAwaited());

        named().update(properties("Isolation", "Process"));

        awaitTold("com.acme.clock");
        assertEquals(
                Map.of("Isolation", "Process"), overlays.of(CLOCK).orElseThrow().properties());
        assertTrue(Files.exists(file));
    }

    @Test
    void shouldWaitNoLongerForAFileThatIsGone() throws Exception {
        Path file = Files.writeString(folder.resolve("etc").resolve(PID + ".cfg"), "Isolation = Process\n");
        open();

        Files.delete(file);

        assertEquals(Optional.empty(), overlays.of(CLOCK));
    }

    private Configuration named() throws Exception {
        return admin.getFactoryConfiguration("org.lares.job", CLOCK.value(), null);
    }

    private static Dictionary<String, Object> properties(String key, Object value) {
        return new Hashtable<>(Map.of(key, value));
    }

    private static JobSpec spec(String label) {
        return new JobSpec(
                Label.of(label),
                JobKind.DAEMON,
                new Origin.FileOrigin(Path.of("/a.plist")),
                Work.ProgramWork.of("/bin/true"),
                Policy.ON_DEMAND,
                "",
                List.of());
    }
}
