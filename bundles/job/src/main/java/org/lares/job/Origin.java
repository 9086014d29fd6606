package org.lares.job;

import java.nio.file.Path;

/** Where a definition came from. */
public sealed interface Origin permits Origin.FileOrigin, Origin.BundleOrigin {

    /** For people: a path, or a bundle with its id. */
    String text();

    /** A property list on disk. */
    record FileOrigin(Path path) implements Origin {
        @Override
        public String text() {
            return path.toString();
        }
    }

    /** A bundle's own capability. */
    record BundleOrigin(long bundleId, String symbolicName, String version) implements Origin {
        @Override
        public String text() {
            return "bundle " + symbolicName + "/" + version + " [" + bundleId + "]";
        }
    }
}
