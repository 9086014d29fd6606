package org.lares.sandbox.closure;

import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.lares.sandbox.RefusedException;

/** Finds the jar of a job's bundle that is not installed here. Not thread-safe. */
final class JobSource {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 30_000;
    private static final String REFERENCE = "reference:";
    private static final String MAVEN = "mvn:";

    private final Path system;
    private final Store store;

    /** By URL, for the life of the container: a job starts again though the place it came from is away. */
    private final Map<String, Path> fetched = new HashMap<>();

    JobSource(Path system, Store store) {
        this.system = system;
        this.store = store;
    }

    /** The file that a location names, empty for what is somewhere else. Any thread. */
    static Optional<Path> fileOf(String location) {
        String plain = location.startsWith(REFERENCE) ? location.substring(REFERENCE.length()) : location;
        try {
            return plain.startsWith("/")
                    ? Optional.of(Path.of(plain))
                    : plain.startsWith("file:") ? Optional.of(Path.of(new URI(plain))) : Optional.empty();
        } catch (URISyntaxException | IllegalArgumentException e) {
            // Said by find.
            return Optional.empty();
        }
    }

    /** @param location absolute path or URL */
    Path find(String location) throws IOException, RefusedException {
        String plain = location.startsWith(REFERENCE) ? location.substring(REFERENCE.length()) : location;
        if (plain.startsWith("/")) {
            return existing(Path.of(plain), location);
        }
        if (plain.startsWith("file:")) {
            try {
                return existing(Path.of(new URI(plain)), location);
            } catch (URISyntaxException | IllegalArgumentException e) {
                throw new RefusedException(
                        "the bundle " + location + " cannot be read: " + e.getMessage(), "give an absolute path");
            }
        }
        Optional<Path> distributed = plain.startsWith(MAVEN) ? inSystem(plain) : Optional.empty();
        return distributed.isPresent() ? distributed.get() : fetch(plain);
    }

    private static Path existing(Path file, String location) throws RefusedException {
        if (!Files.isRegularFile(file)) {
            throw new RefusedException(
                    "the bundle " + location + " cannot be read: there is no such file",
                    "put the jar there, or change Bundle");
        }
        return file;
    }

    /** mvn:[repository!]group/artifact/version[/type[/classifier]], as Pax URL has it. */
    private Optional<Path> inSystem(String url) throws RefusedException {
        String coordinates = url.substring(Math.max(MAVEN.length(), url.indexOf('!') + 1));
        String[] parts = coordinates.split("[?#]", 2)[0].split("/", -1);
        if (parts.length < 3 || parts.length > 5) {
            throw new RefusedException(
                    "the bundle " + url + " cannot be found: it has no group, artifact and version",
                    "write mvn:group/artifact/version");
        }
        String type = parts.length > 3 && !parts[3].isEmpty() ? parts[3] : "jar";
        String classifier = parts.length > 4 ? parts[4] : "";
        Path file = Platform.inLayout(system, parts[0], parts[1], parts[2], classifier, type)
                .normalize();
        return file.startsWith(system.normalize()) && Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    private Path fetch(String url) throws IOException, RefusedException {
        Path before = fetched.get(url);
        if (before != null && store.has(before)) {
            return before;
        }
        try {
            URLConnection connection = new URL(url).openConnection();
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            try (InputStream in = connection.getInputStream()) {
                Path file = store.add(in, url).file();
                fetched.put(url, file);
                return file;
            }
        } catch (MalformedURLException e) {
            throw new RefusedException(
                    "the bundle " + url + " cannot be fetched: " + e.getMessage(), "give an absolute path or a URL");
        }
    }
}
