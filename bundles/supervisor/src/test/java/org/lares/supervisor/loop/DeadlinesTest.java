package org.lares.supervisor.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lares.job.Label;
import org.lares.supervisor.core.Timer;

class DeadlinesTest {
    private static final Label A = Label.of("a");
    private static final Label B = Label.of("b");

    private final Deadlines deadlines = new Deadlines();

    @Test
    void shouldGiveTimersInTheOrderOfTheirDeadlines() {
        deadlines.set(A, start(20));
        deadlines.set(B, start(10));

        assertEquals(Optional.of(Duration.ofSeconds(10)), deadlines.untilNext(Duration.ZERO));
        assertEquals(Optional.of(Map.entry(B, start(10))), deadlines.takeDue(Duration.ofSeconds(30)));
        assertEquals(Optional.of(Map.entry(A, start(20))), deadlines.takeDue(Duration.ofSeconds(30)));
        assertTrue(deadlines.untilNext(Duration.ZERO).isEmpty());
    }

    @Test
    void shouldNotGiveWhatIsNotDue() {
        deadlines.set(A, start(20));

        assertTrue(deadlines.takeDue(Duration.ofSeconds(19)).isEmpty());
    }

    @Test
    void shouldReplaceTheTimerOfTheSameKindOnly() {
        deadlines.set(A, start(20));
        deadlines.set(A, new Timer(Timer.Kind.EXIT, Duration.ofSeconds(5)));
        deadlines.set(A, start(30));

        assertEquals(
                Timer.Kind.EXIT,
                deadlines
                        .takeDue(Duration.ofSeconds(25))
                        .orElseThrow()
                        .getValue()
                        .kind());
        assertTrue(deadlines.takeDue(Duration.ofSeconds(25)).isEmpty());
        assertEquals(
                start(30),
                deadlines.takeDue(Duration.ofSeconds(30)).orElseThrow().getValue());
    }

    @Test
    void shouldForgetWhatIsCancelled() {
        deadlines.set(A, start(20));
        deadlines.cancel(A, Timer.Kind.START);
        deadlines.cancel(B, Timer.Kind.START);

        assertTrue(deadlines.takeDue(Duration.ofSeconds(30)).isEmpty());
    }

    @Test
    void shouldSayZeroForWhatIsOverdue() {
        deadlines.set(A, start(20));

        assertEquals(Optional.of(Duration.ZERO), deadlines.untilNext(Duration.ofSeconds(25)));
    }

    private static Timer start(long seconds) {
        return new Timer(Timer.Kind.START, Duration.ofSeconds(seconds));
    }
}
