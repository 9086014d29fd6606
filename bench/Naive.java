package org.lares.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.framework.Felix;
import org.osgi.framework.Bundle;

/** The host that anyone would write first: Felix, bundles by reference. Arguments: its storage, the bundles. */
final class Naive {
    public static void main(String[] arguments) throws Exception {
        Map<String, String> configuration = new HashMap<>();
        configuration.put("org.osgi.framework.storage", arguments[0]);
        Felix felix = new Felix(configuration);
        felix.init();
        List<Bundle> bundles = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            bundles.add(felix.getBundleContext().installBundle("reference:file:" + arguments[i]));
        }
        felix.start();
        for (Bundle bundle : bundles) {
            bundle.start();
        }
        felix.waitForStop(0);
    }
}
