package org.lares.sandbox.archive;

import java.time.Duration;

/**
 * How much the archives of a container may cost.
 *
 * @param archives most files kept
 * @param total most bytes of all of them
 * @param largest most bytes of one
 * @param free bytes of disk that a dump leaves to others; below that none is begun
 * @param dump after which a dump is killed
 * @param retry wait after the first dump that failed; doubled with each further one, up to {@link #attempts}
 * @param attempts dumps of one class list
 */
public record Bounds(int archives, long total, long largest, long free, Duration dump, Duration retry, int attempts) {
    private static final long MEBI = 1 << 20;

    public static final Bounds STANDARD =
            new Bounds(32, 1024 * MEBI, 128 * MEBI, 256 * MEBI, Duration.ofMinutes(3), Duration.ofMinutes(1), 6);
}
