package org.lares.host;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lares.host.jobs.Jobs;

/** Bundles made of test classes. */
final class Bundles {
    private Bundles() {}

    /** A bundle of that class, and of the one that it is in, in a folder; made once. */
    static Path of(Class<?> type, Path folder) throws Exception {
        Path file = folder.resolve(type.getSimpleName() + ".jar");
        if (Files.exists(file)) {
            return file;
        }
        Path root = Path.of(
                Jobs.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Builder builder = new Builder()) {
            for (String entry : List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))) {
                if (entry.endsWith("classes") || entry.contains("osgi") || entry.contains("org.lares")) {
                    builder.addClasspath(new File(entry));
                }
            }
            builder.setProperty("Bundle-SymbolicName", type.getSimpleName());
            builder.setProperty("-includeresource", resource(root, type) + "," + resource(root, Jobs.class));
            builder.setProperty("-noextraheaders", "true");
            if (type.getSimpleName().endsWith("Activator")) {
                builder.setProperty("Bundle-Activator", type.getName());
            }
            Jar jar = builder.build();
            if (!builder.getErrors().isEmpty()) {
                throw new IOException(builder.getErrors().toString());
            }
            jar.write(file.toFile());
        }
        return file;
    }

    private static String resource(Path root, Class<?> type) {
        String path = type.getName().replace('.', '/') + ".class";
        return path + "=" + root.resolve(path);
    }
}
