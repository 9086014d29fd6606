package org.lares.sandbox.closure;

import java.nio.file.Path;
import org.osgi.framework.Bundle;

/** Where the bytes of a bundle come from. */
sealed interface Content {

    /** As they are. */
    record Jar(Path file) implements Content {}

    /** Of the revision that the container's framework holds, whatever lies at its location now. */
    record Installed(Bundle bundle) implements Content {}
}
