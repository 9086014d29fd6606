package org.lares.supervisor.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Random schedules over whole domains; a failure prints a scenario that reproduces it. {@code -Dschedules=N} says how many,
 * {@code -Dseed=S} plays one.
 */
class SimulationTest {
    private static final int STEPS = 18;
    private static final int LONG_STEPS = 5_000;

    @Test
    void shouldKeepAllInvariantsOverRandomSchedules() {
        Optional<Long> seed = Optional.ofNullable(Long.getLong("seed"));
        long first = seed.orElse(1L);
        long count = seed.isPresent() ? 1 : Long.getLong("schedules", 100_000L);
        check(first, count, STEPS, false);
    }

    @Test
    void shouldKeepAllInvariantsOverMonths() {
        check(1, 8, LONG_STEPS, true);
    }

    @Test
    void shouldPlayTheSameScheduleForTheSameSeed() {
        assertEquals(Simulator.script(42, STEPS, false), Simulator.script(42, STEPS, false));
    }

    private static void check(long first, long count, int steps, boolean patient) {
        LongStream.range(first, first + count)
                .parallel()
                .mapToObj(seed -> Simulator.failure(seed, steps, patient))
                .flatMap(Optional::stream)
                .findFirst()
                .ifPresent(script -> fail("\n" + script));
    }
}
