package org.lares.host.framework;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.lares.job.Run;
import org.osgi.framework.Constants;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.service.component.ComponentConstants;

/**
 * A bundle of our own with a job in it, which a spare runs in the place of the one that it does not have yet: after it the
 * JVM has loaded, linked and partly compiled what lies between the word to begin and an active job. It is in no file.
 */
public final class Rehearsal implements ConnectModule, ConnectContent {
    /** Where it is installed from. */
    public static final String LOCATION = "lares:rehearsal";

    /** Of the condition that its component waits for, as a job's does for its run. */
    public static final String CONDITION = "org.lares.rehearsal";

    private static final String COMPONENT = "OSGI-INF/rehearsal.xml";

    private static final String DESCRIPTION =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.5.0" name="%1$s" activate="begin" deactivate="end">
              <property name="osgi.ds.satisfying.condition.target" value="(osgi.condition.id=%2$s)"/>
              <service><provide interface="java.util.concurrent.Callable"/></service>
              <reference name="run" interface="org.lares.job.Run" target="(%2$s=true)" bind="run"/>
              <implementation class="%1$s"/>
            </scr:component>
            """
                    .formatted(Job.class.getName(), CONDITION);

    Rehearsal() {}

    /** What SCR makes, and the main. */
    public static final class Job implements Callable<Integer> {
        private Run run;

        /** The reference's. */
        public void run(Run given) {
            run = given;
        }

        /** Activates. */
        public void begin(Map<String, Object> properties) {
            run.alive();
        }

        /** Deactivates. */
        public void end() {
            run = null;
        }

        @Override
        public Integer call() {
            return run.stopping() ? 1 : 0;
        }
    }

    @Override
    public ConnectContent getContent() {
        return this;
    }

    @Override
    public void open() {
        // It is always there.
    }

    @Override
    public void close() {
        // There is nothing to give back.
    }

    @Override
    public Optional<Map<String, String>> getHeaders() {
        return Optional.of(Map.of(
                Constants.BUNDLE_MANIFESTVERSION,
                "2",
                Constants.BUNDLE_SYMBOLICNAME,
                CONDITION,
                Constants.BUNDLE_VERSION,
                "1",
                ComponentConstants.SERVICE_COMPONENT,
                COMPONENT));
    }

    @Override
    public Iterable<String> getEntries() {
        return List.of(COMPONENT);
    }

    @Override
    public Optional<ConnectEntry> getEntry(String path) {
        return path.equals(COMPONENT) ? Optional.of(new Description()) : Optional.empty();
    }

    @Override
    public Optional<ClassLoader> getClassLoader() {
        return Optional.of(Rehearsal.class.getClassLoader());
    }

    private static final class Description implements ConnectEntry {
        private final byte[] bytes = DESCRIPTION.getBytes(StandardCharsets.UTF_8);

        @Override
        public String getName() {
            return COMPONENT;
        }

        @Override
        public long getContentLength() {
            return bytes.length;
        }

        @Override
        public long getLastModified() {
            return 0;
        }

        @Override
        public byte[] getBytes() {
            return bytes.clone();
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(bytes);
        }
    }
}
