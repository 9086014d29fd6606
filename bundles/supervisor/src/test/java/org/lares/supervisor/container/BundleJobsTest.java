package org.lares.supervisor.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.startlevel.BundleStartLevel;

class BundleJobsTest {
    @TempDir
    Path folder;

    private TestContainer container;
    private BundleJobs jobs;
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final Set<String> elsewhere = ConcurrentHashMap.newKeySet();

    private final BundleJobs.Listener listener = new BundleJobs.Listener() {
        @Override
        public void appeared(Bundle bundle, Map<String, Object> attributes) {
            told.add("appeared " + bundle.getSymbolicName() + " " + attributes.get("label"));
        }

        @Override
        public void changed(Bundle bundle, Map<String, Object> attributes) {
            told.add("changed " + bundle.getSymbolicName() + " " + attributes.get("label"));
        }

        @Override
        public boolean runsHere(Bundle bundle) {
            return !elsewhere.contains(bundle.getSymbolicName());
        }

        @Override
        public void obstacle(Bundle bundle, Optional<String> reason) {
            told.add(reason.orElse("clear"));
        }

        @Override
        public void taken(Bundle bundle) {
            told.add("taken " + bundle.getSymbolicName());
        }

        @Override
        public void gone(Bundle bundle) {
            told.add("gone " + bundle.getSymbolicName());
        }

        @Override
        public void frameworkStopping() {
            told.add("framework stopping");
        }
    };

    @BeforeEach
    void boot() throws Exception {
        container = new TestContainer(folder);
        jobs = new BundleJobs(container.context(), listener);
    }

    @AfterEach
    void shutDown() throws Exception {
        if (container.isUp()) {
            jobs.close();
        }
        container.close();
    }

    /** Skips what is told meanwhile; obstacles may be told more than once. */
    private void awaitTold(String part) throws InterruptedException {
        String last = "";
        while (!last.contains(part)) {
            last = told.poll(10, TimeUnit.SECONDS);
            if (last == null) {
                throw new AssertionError("not told: " + part);
            }
        }
    }

    @Test
    void shouldTellWhatIsThereAlready() throws Exception {
        container.install("plain", "", Fixtures.Plain.class).start();
        container.install("nojob", "", Fixtures.Ungated.class).start();

        jobs.open();

        assertEquals("appeared plain plain", told.take());
        assertEquals("clear", told.take());
        assertTrue(told.isEmpty());
    }

    @Test
    void shouldFollowABundleThroughItsLife() throws Exception {
        jobs.open();
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        awaitTold("appeared plain plain");
        awaitTold("is stopped (by hand)");
        bundle.start();
        awaitTold("clear");
        bundle.stop();
        awaitTold("is stopped (by hand)");
        bundle.start();
        awaitTold("clear");
        bundle.update(container.bundle("plain", "", Fixtures.Main.class));
        awaitTold("is stopping");
        awaitTold("changed plain main");
        awaitTold("clear");
        bundle.uninstall();
        awaitTold("gone plain");
    }

    @Test
    void shouldTellThatABundleStopsBeforeItsRunIsEnded() throws Exception {
        EventHook runner = (event, contexts) -> {
            if (event.getType() == BundleEvent.STOPPING) {
                told.add("run ended");
            }
        };
        container.context().registerService(EventHook.class, runner, null);
        jobs.open();
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        bundle.start();
        awaitTold("clear");

        bundle.stop();

        assertEquals("bundle plain [" + bundle.getBundleId() + "] is stopping", told.take());
        assertEquals("taken plain", told.take());
        assertEquals("run ended", told.take());
    }

    @Test
    void shouldNameTheMissingRequirementDownToTheLeaf() throws Exception {
        jobs.open();
        container.install(
                "middle",
                "Export-Package: org.acme.mid;version=1.5\nImport-Package: org.acme.far;version='[1,2)',*",
                Fixtures.Ungated.class);
        container.install("plain", "Import-Package: org.acme.mid;version='[1,2)',*", Fixtures.Plain.class);

        awaitTold("is not resolved: missing package org.acme.far [1.0.0,2.0.0)");
        container.install(
                "far",
                "Export-Package: org.acme.far;version=1.1\n-exportcontents: org.acme.far;version=1.1",
                Fixtures.Ungated.class);
        awaitTold("is stopped (by hand)");
    }

    @Test
    void shouldAskOfABundleThatRunsElsewhereOnlyThatItIsStarted() throws Exception {
        elsewhere.add("plain");
        jobs.open();
        Bundle bundle =
                container.install("plain", "Import-Package: org.acme.far;version='[1,2)',*", Fixtures.Plain.class);
        awaitTold("is stopped (by hand)");
        // Neither this nor the stop below is an event of the framework.
        assertThrows(BundleException.class, bundle::start);
        awaitTold("clear");

        elsewhere.remove("plain");
        jobs.lookAgain(bundle.getBundleId());
        awaitTold("is not resolved: missing package org.acme.far");
        elsewhere.add("plain");
        jobs.lookAgain(bundle.getBundleId());
        awaitTold("clear");
        bundle.stop();
        awaitTold("is stopped (by hand)");
        awaitTold("taken plain");
    }

    @Test
    void shouldTellThatABundleThatRunsElsewhereIsTaken() throws Exception {
        elsewhere.add("plain");
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        bundle.start();
        jobs.open();
        awaitTold("clear");

        bundle.update(container.bundle("plain", "", Fixtures.Plain.class));
        awaitTold("taken plain");
        container.refresh(bundle);
        awaitTold("taken plain");
        bundle.stop();
        awaitTold("is stopped (by hand)");
        awaitTold("taken plain");
    }

    @Test
    void shouldNotTakeABundleForAStartLevelOrTheShutdown() throws Exception {
        elsewhere.add("plain");
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        bundle.start();
        jobs.open();
        awaitTold("clear");

        bundle.stop(Bundle.STOP_TRANSIENT);
        bundle.start(Bundle.START_TRANSIENT);
        container.stop();

        awaitTold("framework stopping");
        assertTrue(told.isEmpty());
    }

    @Test
    void shouldTellOfAStopBeforeTheHookThatEndsTheRun() throws Exception {
        container
                .context()
                .registerService(
                        EventHook.class,
                        (event, contexts) -> {
                            if (event.getType() == BundleEvent.STOPPING) {
                                told.add("run ends");
                            }
                        },
                        null);
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        bundle.start();
        jobs.open();
        awaitTold("clear");

        bundle.stop();

        assertTrue(told.take().contains("is stopping"));
        assertEquals("taken plain", told.take());
        assertEquals("run ends", told.take());
    }

    @Test
    void shouldTellAStartLevelThatIsNotReached() throws Exception {
        jobs.open();
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);
        bundle.adapt(BundleStartLevel.class).setStartLevel(50);
        bundle.start();
        container.install("another", "", Fixtures.Ungated.class).start();
        container.refresh();

        awaitTold("waits for its start level 50");
    }

    @Test
    void shouldTellTheShutdownBeforeWhatItStops() throws Exception {
        container.install("plain", "", Fixtures.Plain.class).start();
        jobs.open();
        awaitTold("clear");

        container.stop();

        awaitTold("framework stopping");
        assertTrue(told.isEmpty());
    }

    @Test
    void shouldCarryTheAnnotationAsLaunchdKeys() throws Exception {
        Bundle bundle = container.install("plain", "", Fixtures.Plain.class);

        Map<String, Object> attributes = BundleJobs.attributes(bundle).orElseThrow();

        assertEquals("plain", attributes.get("label"));
        assertEquals("daemon", attributes.get("kind"));
        assertEquals("true", String.valueOf(attributes.get("RunAtLoad")));
        assertEquals("3", String.valueOf(attributes.get("ThrottleInterval")));
        assertEquals("OSGI-INF/plain.plist", attributes.get("definition"));
        assertEquals(5, attributes.size());
        assertFalse(attributes.containsKey("KeepAlive"));
    }
}
