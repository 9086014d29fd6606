package org.lares.sandbox.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JDK as far as it can be known without a start of it.
 *
 * @param release text of its release file; empty if there is none
 */
record Jdk(Path home, String release) {
    /** The oldest one that the project supports. */
    private static final int OLDEST = 17;

    private static final int LONGEST_RELEASE = 1 << 16;
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d{1,4})");

    static Jdk of(Path java) {
        Path launcher;
        try {
            launcher = java.toRealPath();
        } catch (IOException e) {
            // It cannot be started either, and that is told.
            launcher = java.toAbsolutePath();
        }
        Path folder = launcher.getParent();
        Path home = folder == null || folder.getParent() == null ? launcher : folder.getParent();
        try (InputStream in = Files.newInputStream(home.resolve("release"))) {
            return new Jdk(home, new String(in.readNBytes(LONGEST_RELEASE), StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Optional in a JDK; its libraries' time and size tell it apart as well.
            return new Jdk(home, "");
        }
    }

    /** The oldest supported one if it does not say. */
    int feature() {
        Matcher matcher = VERSION.matcher(release);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : OLDEST;
    }
}
