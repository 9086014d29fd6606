package org.lares.supervisor.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.lares.job.BackOff;
import org.lares.job.Label;

class RestartDelayTest {
    private static final Label LABEL = Label.of("com.acme.clock");
    private static final BackOff PLAIN =
            new BackOff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0, Duration.ofMinutes(10));

    @Test
    void shouldGrowAndStopAtTheMaximum() {
        assertEquals(Duration.ofSeconds(1), RestartDelay.delay(PLAIN, 1, LABEL, 1));
        assertEquals(Duration.ofSeconds(8), RestartDelay.delay(PLAIN, 4, LABEL, 1));
        assertEquals(Duration.ofMinutes(5), RestartDelay.delay(PLAIN, 20, LABEL, 1));
        assertEquals(Duration.ofMinutes(5), RestartDelay.delay(PLAIN, Integer.MAX_VALUE, LABEL, 1));
    }

    @Test
    void shouldSpreadByAtMostTheJitterAndAlwaysTheSame() {
        for (long run = 1; run <= 1000; run++) {
            Duration delay = RestartDelay.delay(BackOff.DEFAULT, 3, LABEL, run);
            assertTrue(delay.compareTo(Duration.ofSeconds(4)) >= 0, delay::toString);
            assertTrue(delay.compareTo(Duration.ofMillis(4400)) < 0, delay::toString);
            assertEquals(delay, RestartDelay.delay(BackOff.DEFAULT, 3, LABEL, run));
        }
        assertNotEquals(
                RestartDelay.delay(BackOff.DEFAULT, 3, LABEL, 1),
                RestartDelay.delay(BackOff.DEFAULT, 3, Label.of("com.acme.other"), 1));
    }

    @Test
    void shouldNotOverflow() {
        BackOff endless = new BackOff(Duration.ofDays(1), 1e6, Duration.ofDays(100_000), 1, Duration.ofMinutes(10));
        assertTrue(RestartDelay.delay(endless, 1_000_000, LABEL, 1).compareTo(Duration.ofDays(1)) > 0);
    }
}
