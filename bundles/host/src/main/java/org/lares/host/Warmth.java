package org.lares.host;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lares.host.framework.HostFramework;
import org.lares.host.framework.Rehearsal;
import org.lares.host.run.Components;
import org.lares.host.run.MainService;
import org.lares.job.Label;
import org.lares.job.Run;
import org.lares.job.RunId;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.ComponentConstants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.condition.Condition;

/**
 * What a spare does ahead, without a line of the job's code: resolves the bundles, loads the classes that the job's
 * activators and components are (loaded, not initialised), and runs a job of our own from its start to its end.
 */
final class Warmth {
    /** After so many the way of a run is compiled by the quick compiler where it is long. */
    private static final int REHEARSALS = 20;

    private static final int LARGEST = 1 << 20;
    private static final Pattern IMPLEMENTATION =
            Pattern.compile("<(?:\\w+:)?implementation\\s[^>]*?class\\s*=\\s*[\"']([^\"']+)[\"']");

    private final HostFramework framework;
    private final BundleContext context;

    Warmth(HostFramework framework) {
        this.framework = framework;
        this.context = framework.context();
    }

    /** @throws Exception if our own job does not run: then no other would */
    void make(String label) throws Exception {
        context.getBundle(0).adapt(FrameworkWiring.class).resolveBundles(List.of(context.getBundles()));
        for (Bundle each : context.getBundles()) {
            if (each.getBundleId() != Constants.SYSTEM_BUNDLE_ID && each.getState() == Bundle.RESOLVED) {
                load(each);
            }
        }
        for (Class<?> type : List.of(HostRun.class, Gate.class, RunThreads.class)) {
            Class.forName(type.getName());
        }
        new MainService(framework.job(), new Label(label)).find();
        framework.configure(List.of());
        for (int i = 0; i < REHEARSALS; i++) {
            rehearse();
        }
    }

    private static void load(Bundle bundle) {
        String activator = bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATOR);
        if (activator != null) {
            load(bundle, activator.strip());
        }
        String components = bundle.getHeaders("").get(ComponentConstants.SERVICE_COMPONENT);
        if (components == null) {
            return;
        }
        for (String pattern : components.split(",", -1)) {
            String path = pattern.split(";", 2)[0].strip();
            int slash = path.lastIndexOf('/');
            Enumeration<URL> found = path.isEmpty()
                    ? null
                    : bundle.findEntries(slash < 0 ? "/" : path.substring(0, slash), path.substring(slash + 1), false);
            for (URL each : found == null ? List.<URL>of() : Collections.list(found)) {
                Matcher name = IMPLEMENTATION.matcher(text(each));
                while (name.find()) {
                    load(bundle, name.group(1));
                }
            }
        }
    }

    /** What cannot be read or loaded is for the run to find out, which tells it to those who ask. */
    private static void load(Bundle bundle, String name) {
        try {
            // With the types in its signatures, which SCR asks for.
            bundle.loadClass(name);
        } catch (ClassNotFoundException | LinkageError e) {
            Log.lifecycle("class " + name + " of " + bundle.getSymbolicName() + " cannot be loaded ahead: " + e);
        }
    }

    private static String text(URL entry) {
        try (InputStream in = entry.openStream()) {
            return new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8);
        } catch (IOException e) {
            Log.lifecycle(entry + " cannot be read ahead: " + e);
            return "";
        }
    }

    private void rehearse() throws Exception {
        Bundle bundle = context.installBundle(Rehearsal.LOCATION);
        try {
            bundle.start(Bundle.START_TRANSIENT);
            ServiceRegistration<?> handle = context.registerService(
                    Run.class, new Handle(), FrameworkUtil.asDictionary(Map.of(Rehearsal.CONDITION, "true")));
            ServiceRegistration<?> condition = context.registerService(
                    Condition.class,
                    Condition.INSTANCE,
                    FrameworkUtil.asDictionary(Map.of(Condition.CONDITION_ID, Rehearsal.CONDITION)));
            MainService main = new MainService(bundle, new Label(Rehearsal.CONDITION));
            ServiceReference<?> reference = main.find().orElse(null);
            if (reference != null && main.object(reference) instanceof Callable<?> callable) {
                callable.call();
            } else if (context.getServiceReference(ServiceComponentRuntime.class) != null) {
                Log.warn("the rehearsal has no main; a run from this spare starts more slowly");
            }
            new Components(context).failure(bundle);
            main.release();
            condition.unregister();
            handle.unregister();
        } finally {
            bundle.uninstall();
        }
    }

    private static final class Handle implements Run {
        @Override
        public RunId id() {
            return RunId.of(1);
        }

        @Override
        public void alive() {
            // Nobody watches a rehearsal.
        }

        @Override
        public boolean stopping() {
            return false;
        }
    }
}
