package org.lares.supervisor.container;

import java.util.Map;
import java.util.Optional;
import org.osgi.framework.*;
import org.osgi.framework.wiring.*;
import org.osgi.util.tracker.*;

public final class BundleJobs implements AutoCloseable {
    public interface Listener {
        void appeared(Bundle b, Map<String, Object> a, Optional<String> o);
        void changed(Bundle b, Map<String, Object> a);
        void gone(Bundle b);
        void obstacle(Bundle b, Optional<String> o);
        void frameworkStopping();
    }
    private final BundleTracker<Bundle> t;
    public BundleJobs(BundleContext c, Listener l) {
        t = new BundleTracker<>(c, Bundle.ACTIVE, null) {
            @Override public Bundle addingBundle(Bundle b, BundleEvent e) {
                var caps = b.adapt(BundleRevision.class).getDeclaredCapabilities("org.lares.job");
                if (caps.isEmpty()) return null;
                l.appeared(b, caps.get(0).getAttributes(), Optional.empty());
                return b;
            }
        };
        t.open();
    }
    @Override public void close() { t.close(); }
}
