package org.lares.shell.verb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.job.Domain;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Wanted;
import org.lares.job.Work;
import org.lares.shell.FakeJobControl;

/** Nothing that a job says of itself reaches a terminal as a command to it, or forges a line. */
class HostileTextTest {
    private static final String EVIL = "\u001b[2J\u0007\u009b31m\n-\t0\tforged\trunning\r\u202e\u2028\ud800\u007f";

    private static FakeJobControl jobs() {
        FakeJobControl jobs = new FakeJobControl();
        JobSpec spec = FakeJobControl.idle().spec();
        RunRecord last = new RunRecord(
                RunId.of(1),
                new StartReason(StartReason.Kind.DEMAND, EVIL),
                FakeJobControl.NOON,
                FakeJobControl.NOON,
                RunEnd.of(RunEnd.Cause.THREW, EVIL),
                Optional.of(EVIL),
                Optional.empty(),
                java.util.OptionalLong.empty());
        jobs.add(new JobStatus(
                Domain.SYSTEM,
                new JobSpec(
                        spec.label(),
                        spec.kind(),
                        spec.origin(),
                        Work.ProgramWork.of("/bin/" + EVIL, EVIL),
                        spec.policy(),
                        EVIL,
                        List.of()),
                JobState.FAILED,
                Wanted.DOWN,
                false,
                false,
                Optional.empty(),
                Optional.of(new StartReason(StartReason.Kind.DEMAND, EVIL)),
                1,
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.of(EVIL),
                Optional.of(EVIL),
                Optional.of(last),
                Optional.empty(),
                0,
                List.of(),
                List.of(EVIL)));
        return jobs;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list",
                "print system",
                "print zeta",
                "print --json zeta",
                "blame zeta",
                "explain zeta",
                "history zeta",
                "history -v zeta",
                "history --json zeta"
            })
    void shouldNeutraliseIt(String line) throws IOException {
        Call call = Call.as(0, jobs(), OptionalInt.of(80), line.split(" "));
        assertEquals(0, call.exit(), call.err());
        assertTrue(call.out().chars().allMatch(c -> c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f)), call.out());
        assertTrue(call.out().lines().noneMatch(row -> row.startsWith("-\t0\tforged")), call.out());
    }
}
