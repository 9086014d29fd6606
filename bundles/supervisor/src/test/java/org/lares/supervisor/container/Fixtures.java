package org.lares.supervisor.container;

import java.util.concurrent.Callable;
import org.lares.job.annotations.LaunchDaemon;
import org.lares.supervisor.container.probe.Probe;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The code of the test bundles; each class may be loaded by a framework, without this one. */
public final class Fixtures {
    private Fixtures() {}

    /** A daemon that is only there. */
    @LaunchDaemon(label = "plain", runAtLoad = true, throttleInterval = 3, definition = "OSGI-INF/plain.plist")
    @Component
    public static class Plain {
        @Activate
        void activate() {
            Probe.say("plain", "activated on " + Thread.currentThread().getName());
        }

        @Deactivate
        void deactivate() {
            Probe.say("plain", "deactivated");
        }
    }

    /** A main that does what it is told. */
    @LaunchDaemon(label = "main")
    @Component(service = Callable.class)
    public static class Main implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            Probe.say("main", "called on " + Thread.currentThread().getName());
            Probe.latch("main").await();
            return 7;
        }
    }
}
