package org.lares.shell.view;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times for people. */
public final class Times {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private Times() {}

    public static String local(Instant instant, ZoneId zone) {
        return FORMAT.format(instant.atZone(zone));
    }

    /** {@code 350 ms}, {@code 12.3 s}, {@code 5 min 7 s}, {@code 2 h 4 min}, {@code 3 d 1 h}. */
    public static String span(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%d.%d s", millis / 1_000, millis % 1_000 / 100);
        }
        long seconds = millis / 1_000;
        if (seconds < 3_600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        if (seconds < 86_400) {
            return seconds / 3_600 + " h " + seconds % 3_600 / 60 + " min";
        }
        return seconds / 86_400 + " d " + seconds % 86_400 / 3_600 + " h";
    }

    /** launchctl prints whole seconds without a unit; parts of a second only where there are any. */
    public static String seconds(Duration duration) {
        String fraction =
                duration.toMillisPart() == 0 ? "" : String.format(Locale.ROOT, ".%03d", duration.toMillisPart());
        return duration.toSeconds() + fraction;
    }

    /** {@code 12 KB}, {@code 3.4 MB}; {@code -} if unknown (negative). */
    public static String bytes(long bytes) {
        if (bytes < 0) {
            return "-";
        }
        if (bytes < 1 << 20) {
            return (bytes + 512) / 1024 + " KB";
        }
        return String.format(Locale.ROOT, "%.1f MB", bytes / (double) (1 << 20));
    }
}
