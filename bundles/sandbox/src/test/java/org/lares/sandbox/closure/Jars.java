package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Makes small jars. */
final class Jars {
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, String> entries = new LinkedHashMap<>();

    static Jars bundle(String name, String version) {
        return new Jars()
                .header("Bundle-ManifestVersion", "2")
                .header("Bundle-SymbolicName", name)
                .header("Bundle-Version", version);
    }

    Jars header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Jars entry(String name) {
        return entry(name, name);
    }

    Jars entry(String name, String content) {
        entries.put(name, content);
        return this;
    }

    /** Exports a package of one class. */
    Jars exporting(String name, String version) {
        headers.merge("Export-Package", name + ";version=" + version, (before, more) -> before + "," + more);
        return entry(name.replace('.', '/') + "/A.class");
    }

    Jars importing(String clause) {
        headers.merge("Import-Package", clause, (before, more) -> before + "," + more);
        return this;
    }

    Jars component(String name, String inside) {
        headers.put("Service-Component", "OSGI-INF/*.xml");
        return entry(
                "OSGI-INF/" + name + ".xml",
                "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.5.0\" name=\"" + name
                        + "\"><implementation class=\"" + name + "\"/>" + inside + "</scr:component>");
    }

    Path at(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.forEach((name, value) -> manifest.getMainAttributes().putValue(name, value));
        // A file of its own, as an installer would make it.
        Path part = Files.createTempFile(file.getParent(), "", ".new");
        try (OutputStream out = Files.newOutputStream(part);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            for (Map.Entry<String, String> each : entries.entrySet()) {
                jar.putNextEntry(new ZipEntry(each.getKey()));
                jar.write(each.getValue().getBytes(StandardCharsets.UTF_8));
                jar.closeEntry();
            }
        }
        return Files.move(part, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** The jar that a class of the tests' class path is in. */
    static Path of(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
