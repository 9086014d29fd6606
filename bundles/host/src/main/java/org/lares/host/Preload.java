package org.lares.host;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Has the JVM make ready on another processor what Declarative Services and the log need soon, while the framework is
 * made: a fourth of a start. Nothing depends on it, and nothing of the job's is touched: the thread sees the JDK and this
 * host only. It initializes classes of the JDK, and one of the framework that initializes no other of it; so it cannot
 * wait for a thread that waits for it (JLS 12.4.2).
 */
final class Preload {
    /** Each with much that is behind it, in the order of need. */
    private static final String[] CLASSES = {
        "org.apache.felix.cm.impl.ConfigurationManager",
        "org.apache.felix.scr.impl.Activator",
        "org.apache.felix.scr.impl.BundleComponentActivator",
        "org.apache.felix.scr.impl.xml.XmlHandler",
        "org.apache.felix.scr.impl.metadata.ComponentMetadata",
        "org.apache.felix.scr.impl.manager.SingleComponentManager",
        "org.apache.felix.scr.impl.manager.DependencyManager",
        "org.apache.felix.scr.impl.inject.internal.ComponentConstructorImpl",
    };

    private Preload() {}

    /** Ends by itself, soon. */
    static void begin() {
        Thread thread = new Thread(Preload::run, "lares-host-preload");
        thread.setDaemon(true);
        // The job's bundles may have a parser of their own, whose code is not to run before the job.
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            // No more threads: it is slower without, and if there is none for the job, its own start says so.
            return;
        }
    }

    private static void run() {
        try {
            ClassLoader loader = Preload.class.getClassLoader();
            // Asks the JDK for all packages of its modules, and for that sets up reflection and annotations.
            Class.forName("org.apache.felix.framework.util.Util", true, loader);
            // Of JDK 17; is made for all modules when it is first heard of.
            Class.forName("java.lang.SecurityManager");
            // Opens all jars of the class path.
            boolean none = !loader.getResources("META-INF/lares/none").hasMoreElements();
            for (String each : CLASSES) {
                Class.forName(each, false, loader);
            }
            String element = "<a b='" + none + ZoneId.systemDefault().getRules().getOffset(Instant.now()) + "'/>";
            URLConnection.guessContentTypeFromName("a.xml");
            SAXParserFactory factory = SAXParserFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.newSAXParser()
                    .parse(new ByteArrayInputStream(element.getBytes(StandardCharsets.UTF_8)), new DefaultHandler());
        } catch (SAXException | ParserConfigurationException | IOException | ReflectiveOperationException e) {
            Log.warn("cannot be made ready before it is needed: " + e + "; the start goes on without");
        }
    }
}
