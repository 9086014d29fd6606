package org.lares.supervisor.loop;

import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.lares.job.Label;
import org.lares.supervisor.core.Timer;

/** The timers of all jobs of a domain, ordered by when they are due. Used by the loop thread only. */
final class Deadlines {
    private record Due(Label label, Timer timer) {}

    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparing((Due due) -> due.timer.deadline())
            .thenComparing(Due::label)
            .thenComparing(due -> due.timer.kind()));
    private final Map<Label, Map<Timer.Kind, Due>> set = new HashMap<>();

    /** Replaces the label's timer of the same kind. */
    void set(Label label, Timer timer) {
        cancel(label, timer.kind());
        Due due = new Due(label, timer);
        set.computeIfAbsent(label, unused -> new EnumMap<>(Timer.Kind.class)).put(timer.kind(), due);
        queue.add(due);
    }

    void cancel(Label label, Timer.Kind kind) {
        Map<Timer.Kind, Due> ofLabel = set.get(label);
        if (ofLabel == null) {
            return;
        }
        Due due = ofLabel.remove(kind);
        if (due != null) {
            queue.remove(due);
        }
        if (ofLabel.isEmpty()) {
            set.remove(label);
        }
    }

    /** How long from now until the next timer is due; zero if one is due; empty if none is set. */
    Optional<Duration> untilNext(Duration now) {
        return Optional.ofNullable(queue.peek()).map(due -> {
            Duration left = due.timer.deadline().minus(now);
            return left.isNegative() ? Duration.ZERO : left;
        });
    }

    /** Takes the next timer that is due, if any. */
    Optional<Map.Entry<Label, Timer>> takeDue(Duration now) {
        Due due = queue.peek();
        if (due == null || due.timer.deadline().compareTo(now) > 0) {
            return Optional.empty();
        }
        cancel(due.label, due.timer.kind());
        return Optional.of(Map.entry(due.label, due.timer));
    }
}
