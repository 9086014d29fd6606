package org.lares.supervisor.definition;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a bundle is that is not installed.
 *
 * @param text the absolute path, or the {@code mvn:} URL
 * @param file empty for a {@code mvn:} URL
 * @param name for people, as long as the bundle itself has not been looked into
 */
record BundleLocation(String text, Optional<Path> file, String name) {
    private static final String PART = "[A-Za-z0-9_.+-]+";
    private static final Pattern MAVEN =
            Pattern.compile("mvn:" + PART + "/(" + PART + ")/" + PART + "(?:/" + PART + "){0,2}");

    /** Empty if it is neither an absolute path nor one of the URLs that are taken. */
    static Optional<BundleLocation> of(String text) {
        Matcher maven = MAVEN.matcher(text);
        if (maven.matches()) {
            return Optional.of(new BundleLocation(text, Optional.empty(), maven.group(1)));
        }
        Optional<Path> path = text.startsWith("file:") ? ofUrl(text) : Checking.path(text);
        return path.filter(Path::isAbsolute)
                .filter(file -> file.getFileName() != null)
                .map(file -> new BundleLocation(
                        file.toString(), Optional.of(file), file.getFileName().toString()));
    }

    private static Optional<Path> ofUrl(String text) {
        try {
            URI url = new URI(text);
            boolean plain = url.getPath() != null && url.getAuthority() == null && url.getQuery() == null;
            return plain ? Checking.path(url.getPath()) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
