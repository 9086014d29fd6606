package org.lares.example.faulty;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.lares.job.annotations.LaunchDaemon;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Modified;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails on demand: when its configuration {@code org.lares.example.faulty} is changed, in the way that the property
 * {@code fault} names. Why it belongs into a process of its own: {@code halt} and {@code crash} end a JVM, whoever else
 * lives there.
 */
@LaunchDaemon(
        label = "org.lares.example.faulty",
        description = "Fails in the way its configuration says",
        runAtLoad = true,
        keepAlive = true,
        throttleInterval = 1,
        isolation = "Process",
        definition = "OSGI-INF/launchd/org.lares.example.faulty.plist")
@Component(configurationPid = "org.lares.example.faulty", configurationPolicy = ConfigurationPolicy.OPTIONAL)
public final class Faulty {
    private static final Logger LOG = LoggerFactory.getLogger(Faulty.class);
    private static final int MEGABYTE = 1 << 20;

    /** What can be configured. */
    public @interface Settings {
        /** {@code throw}, {@code oom}, {@code leak}, {@code exit}, {@code halt} or {@code crash}. */
        String fault() default "";
    }

    /** Whatever it was told before, a new run begins in good health. */
    @Activate
    public Faulty(Settings settings) {
        LOG.info("well so far; the last fault asked for was \"{}\"", settings.fault());
    }

    /** On a thread of its own: a fault of the job, not of whoever told it the configuration. */
    @Modified
    void modified(Settings settings) {
        LOG.info("told to {}", settings.fault());
        new Thread(() -> fail(settings.fault()), "fault " + settings.fault()).start();
    }

    private static void fail(String fault) {
        switch (fault) {
            case "throw" -> throw new IllegalStateException("thrown on purpose");
            case "oom" -> throw new OutOfMemoryError("thrown on purpose");
            case "leak" -> leak();
            case "exit" -> System.exit(3);
            case "halt" -> Runtime.getRuntime().halt(3);
            case "crash" -> crash();
            default -> LOG.info("nothing to do for \"{}\"", fault);
        }
    }

    private static void leak() {
        List<byte[]> kept = new ArrayList<>();
        while (true) {
            kept.add(new byte[MEGABYTE]);
        }
    }

    /** Writes to address 0 from the VM's native code. */
    private static void crash() {
        try {
            Class<?> type = ClassLoader.getPlatformClassLoader().loadClass("sun.misc." + "Unsafe");
            Field field = type.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            type.getMethod("putAddress", long.class, long.class).invoke(field.get(null), 0L, 0L);
        } catch (ReflectiveOperationException e) {
            LOG.error("cannot crash: {}", e.toString());
        }
    }
}
