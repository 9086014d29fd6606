package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.lares.job.JobState;
import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Usage;
import org.lares.job.Wanted;
import org.lares.supervisor.core.Memory;
import org.lares.supervisor.core.Place;
import org.lares.supervisor.core.Time;
import org.lares.supervisor.runner.ProcessIdentity;

/** Records with every field set, distinguishable by a number. */
final class Samples {
    static final Label LABEL = Label.of("org.example.daemon");
    static final Instant WALL = Instant.parse("2026-11-22T10:15:30.123456789Z");

    private Samples() {}

    static Time time(long n) {
        return new Time(WALL.plusSeconds(n), Duration.ofNanos(1_500_000_001L * n), "boot-" + n);
    }

    static Memory memory(long n) {
        return new Memory(
                Optional.of(n % 2 == 0),
                n,
                (int) n,
                Optional.of(time(n)),
                Optional.of(time(n + 1)),
                Optional.of(new StartReason(StartReason.Kind.DEMAND, "asked by uid " + n)),
                Optional.of("boot-" + n),
                Optional.of("crashed " + n + " times"),
                Optional.of(new Memory.Live(
                        RunId.of(n + 1),
                        new StartReason(StartReason.Kind.INTERVAL, ""),
                        time(n + 2),
                        Place.values()[(int) (n % 3)],
                        Optional.of(new ProcessIdentity(n + 3, n + 4, "boot-" + n)),
                        Optional.of("bootout"))),
                new Memory.Harm((int) n, Optional.of("harmed " + n + " times")),
                Optional.of("boot-" + n));
    }

    static RunRecord run(long run, String detail) {
        return new RunRecord(
                RunId.of(run),
                new StartReason(StartReason.Kind.SPECULATIVE, "KeepAlive"),
                WALL,
                WALL.plusMillis(run),
                new RunEnd(RunEnd.Cause.THREW, OptionalInt.of(1), OptionalInt.of(9), detail, (int) run - 1),
                Optional.of("kickstart -k"),
                Optional.of(new Usage(Duration.ofMillis(run), 4096 * run)),
                OptionalLong.of(1000 + run));
    }

    static JournalEntry entry(Label label, long n) {
        return new JournalEntry(
                WALL.plusSeconds(n),
                label,
                JobState.IDLE,
                JobState.STARTING,
                Wanted.UP,
                Optional.of(RunId.of(n + 1)),
                "cause " + n);
    }

    /** What a step with number {@code n}, 1 or more, might write. */
    static List<Write> step(long n) {
        return List.of(
                new Write.Changed(entry(LABEL, n)),
                new Write.Ended(LABEL, run(n, "detail " + n)),
                new Write.Save(LABEL, memory(n)));
    }

    /** The newest file of a store. */
    static Path newest(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(it -> it.toString().endsWith(Recovery.SUFFIX))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }
}
