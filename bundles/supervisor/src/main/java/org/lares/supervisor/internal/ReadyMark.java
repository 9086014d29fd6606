package org.lares.supervisor.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Says that the container is up, until the supervisor itself says that its definitions are loaded. */
@Component(service = {})
public final class ReadyMark {
    @Activate
    void activate() throws IOException {
        String path = System.getProperty("org.lares.ready");
        if (path != null) {
            Files.writeString(Path.of(path), "ready\n");
        }
    }
}
