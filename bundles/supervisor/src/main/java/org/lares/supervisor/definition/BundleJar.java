package org.lares.supervisor.definition;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.lares.job.annotations.JobComponent;

/**
 * A bundle as a file, seen from outside: nothing of it is loaded, and no more of it is read than a definition may have.
 *
 * @param definitions the attributes of each of its capabilities {@code org.lares.job}
 */
record BundleJar(Path file, String symbolicName, String version, List<Map<String, Object>> definitions) {
    /** Large manifests of real bundles have some 100 KiB. */
    private static final int MAX_MANIFEST = 1 << 20;

    /** @throws Unreadable if it is no bundle, or cannot be read */
    static BundleJar read(Path file) throws Unreadable {
        Place place = new Place(file.toString(), 0);
        Optional<byte[]> content;
        try {
            content = entry(file, JarFile.MANIFEST_NAME, MAX_MANIFEST);
        } catch (ZipException e) {
            throw new Unreadable(place, "it is no jar: " + e.getMessage(), "name a bundle's jar");
        } catch (IOException e) {
            throw DefinitionFile.unreadable(place, e);
        }
        if (content.isPresent() && content.get().length > MAX_MANIFEST) {
            throw new Unreadable(place, "its manifest has more than " + MAX_MANIFEST + " bytes", "shorten it");
        }
        Attributes manifest = content.isPresent() ? manifest(place, content.get()) : new Attributes();
        String name = manifest.getValue("Bundle-SymbolicName");
        if (name == null || name.isBlank()) {
            throw new Unreadable(
                    place,
                    "it is no bundle: its manifest has no Bundle-SymbolicName",
                    "build it with bnd, or run it as a program (java -jar)");
        }
        return new BundleJar(
                file,
                name.replaceFirst(";.*", "").strip(),
                Optional.ofNullable(manifest.getValue("Bundle-Version"))
                        .orElse("0.0.0")
                        .strip(),
                ManifestHeader.clauses(
                        Optional.ofNullable(manifest.getValue("Provide-Capability"))
                                .orElse(""),
                        JobComponent.NAMESPACE));
    }

    private static Attributes manifest(Place place, byte[] content) throws Unreadable {
        try {
            return new Manifest(new ByteArrayInputStream(content)).getMainAttributes();
        } catch (IOException | IllegalArgumentException e) {
            throw new Unreadable(place, "its manifest cannot be read: " + e.getMessage(), "build the jar again");
        }
    }

    /** A file of the bundle, cut behind what a property list may have. @throws UncheckedIOException if it cannot be read */
    Optional<InputStream> open(String path) {
        try {
            return entry(file, path, PropertyList.MAX_BYTES).map(ByteArrayInputStream::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** At most one byte more than the most. */
    private static Optional<byte[]> entry(Path file, String path, int most) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(path);
            if (entry == null) {
                return Optional.empty();
            }
            try (InputStream stream = zip.getInputStream(entry)) {
                return Optional.of(stream.readNBytes(most + 1));
            }
        }
    }
}
