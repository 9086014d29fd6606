package org.lares.itests.jobs;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Map;

/**
 * An agent (java.lang.instrument) that holds a JVM: before its main, or before it goes on with a class, until somebody writes
 * to the FIFO that the property {@code itests.hold} names. So a host can be met at any step of its start.
 */
public final class Hold {
    /** What the JVM was ordered to be, as it stands on its standard input; kept by nobody but one with bad intentions. */
    static volatile Map<?, ?> order;

    private Hold() {}

    /** @param where a class's internal name; {@code main} for before all */
    public static void premain(String where, Instrumentation instrumentation) throws IOException {
        if (where.equals("order")) {
            // Opened anew: what the host reads is not touched.
            order = (Map<?, ?>) Wire.decode(Files.readAllBytes(Path.of("/proc/self/fd/0")));
        } else if (where.equals("main")) {
            hold(where);
        } else {
            instrumentation.addTransformer(new ClassFileTransformer() {
                @Override
                public byte[] transform(
                        ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] content) {
                    if (where.equals(name)) {
                        hold(where);
                    }
                    return null;
                }
            });
        }
    }

    static void hold(String where) {
        System.out.println("held at " + where);
        try (FileInputStream fifo = new FileInputStream(System.getProperty("itests.hold"))) {
            if (fifo.read() < 0) {
                throw new IOException("let go without a word");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
