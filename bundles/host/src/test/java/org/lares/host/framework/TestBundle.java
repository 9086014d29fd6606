package org.lares.host.framework;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small jar, made of classes of the tests. */
final class TestBundle {
    private final String name;
    private final List<Class<?>> classes;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, String> entries = new LinkedHashMap<>();

    TestBundle(String name, Class<?>... classes) {
        this.name = name;
        this.classes = List.of(classes);
    }

    TestBundle header(String key, String value) {
        headers.put(key, value);
        return this;
    }

    TestBundle entry(String path, String text) {
        entries.put(path, text);
        return this;
    }

    Path in(Path folder) throws Exception {
        Path root = Path.of(TestBundle.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> resources = new ArrayList<>();
        for (Class<?> type : classes) {
            String path = type.getName().replace('.', '/') + ".class";
            resources.add(path + "=" + root.resolve(path));
        }
        Path file = folder.resolve(name + ".jar");
        try (Builder builder = new Builder()) {
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                builder.addClasspath(new File(entry));
            }
            builder.setProperty("Bundle-SymbolicName", name);
            builder.setProperty("-noextraheaders", "true");
            if (!resources.isEmpty()) {
                builder.setProperty("-includeresource", String.join(",", resources));
            }
            headers.forEach(builder::setProperty);
            Jar jar = builder.build();
            for (Map.Entry<String, String> each : entries.entrySet()) {
                jar.putResource(each.getKey(), new EmbeddedResource(each.getValue(), 0));
            }
            if (!builder.getErrors().isEmpty()) {
                throw new IOException(builder.getErrors().toString());
            }
            jar.write(file.toFile());
        }
        return file;
    }
}
