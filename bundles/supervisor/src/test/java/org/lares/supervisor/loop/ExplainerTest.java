package org.lares.supervisor.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.lares.job.Domain;
import org.lares.job.Explanation;
import org.lares.job.JobException;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.JobState;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.RunEnd;
import org.lares.job.RunId;
import org.lares.job.RunRecord;
import org.lares.job.StartReason;
import org.lares.job.Verification;
import org.lares.job.Wanted;
import org.lares.job.Work;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;

class ExplainerTest {
    private static final Label LABEL = Label.of("com.acme.clock");
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final StartReason REASON = new StartReason(StartReason.Kind.SPECULATIVE, "RunAtLoad");

    private List<String> diagnosis = List.of();
    private Optional<RunRecord> last = Optional.empty();
    private Optional<String> obstacle = Optional.empty();
    private Optional<String> gaveUp = Optional.empty();

    @Test
    void shouldNameThatItIsDisabledAndTheVerbThatEnablesIt() throws Exception {
        Explanation why = explain(JobState.IDLE, true);

        assertTrue(why.leaf().contains("disabled"), why.toString());
        assertEquals("lares enable system/com.acme.clock", why.next());
    }

    @Test
    void shouldNameTheThrottleAndTheEndThatItFollows() throws Exception {
        last = Optional.of(new RunRecord(
                RunId.of(7),
                REASON,
                NOON,
                NOON,
                RunEnd.exited(3),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty()));

        Explanation why = explain(JobState.SCHEDULED, false);

        assertTrue(why.chain().get(1).contains("ThrottleInterval 10 s"), why.toString());
        assertTrue(why.leaf().contains("its last run (7) exited with 3"), why.toString());
        assertTrue(why.next().contains("lares kickstart system/com.acme.clock"), why.next());
    }

    @Test
    void shouldNameWhyItWasGivenUpInOneLineAndWhereItsLogIs() throws Exception {
        gaveUp = Optional.of("5 failures within 60 s\nwith a stack");

        Explanation why = explain(JobState.FAILED, false);

        assertTrue(why.chain().contains("given up: 5 failures within 60 s"), why.toString());
        assertTrue(why.next().contains("/log/com.acme.clock"), why.next());
    }

    @Test
    void shouldWalkFromTheObstacleToTheLeafOfTheRunner() throws Exception {
        obstacle = Optional.of("bundle clock [7] is not resolved");
        diagnosis = List.of("bundle clock [7] is not resolved", "it lacks package com.acme.time");

        Explanation why = explain(JobState.IDLE, false);

        assertEquals(
                List.of("it is not running", "bundle clock [7] is not resolved", "it lacks package com.acme.time"),
                why.chain());
    }

    @Test
    void shouldSayWhatALiveRunLacks() throws Exception {
        diagnosis = List.of("component Clock lacks a service com.acme.Time");

        Explanation why = explain(JobState.RUNNING, false);

        assertEquals("component Clock lacks a service com.acme.Time", why.leaf());
        assertTrue(why.next().startsWith("provide what is missing"), why.next());
    }

    @Test
    void shouldAskToMendTheConfigurationThatADefinitionWasRefusedFor() throws Exception {
        String pid = "org.lares.job~com.acme.clock";
        String list = "/etc/com.acme.clock.plist";
        Remark wrong = new Remark(Remark.Severity.ERROR, pid, 0, "Isolation", "there is no such isolation", "");
        Remark broken = new Remark(Remark.Severity.ERROR, list, 3, "Program", "it is no path", "");

        assertEquals(
                "mend the configuration " + pid + "; the job is then loaded by itself",
                refused(list, List.of(wrong)).next());
        assertEquals(
                "mend the definition, then: lares bootstrap system " + list,
                refused(list, List.of(broken)).next());
    }

    private Explanation refused(String where, List<Remark> remarks) throws Exception {
        Verification refused = new Verification(where, Optional.empty(), remarks);
        return explainer().explain(Domain.SYSTEM, LABEL, Optional.empty(), List.of(refused), Optional.empty());
    }

    @Test
    void shouldSayWhenNothingCanBeWritten() throws Exception {
        Explanation why = explainer()
                .explain(
                        Domain.SYSTEM,
                        LABEL,
                        Optional.of(status(JobState.IDLE, false)),
                        List.of(),
                        Optional.of("No space left on device"));

        assertTrue(why.leaf().contains("No space left on device"), why.toString());
        assertTrue(why.next().startsWith("make room"), why.next());
    }

    @Test
    void shouldNameTheErrorsOfADefinitionThatWasRefused() throws Exception {
        Remark error = new Remark(
                Remark.Severity.ERROR, "/etc/com.acme.clock.plist", 7, "Nice", "is no number", "give an integer");
        Verification refused = new Verification("/etc/com.acme.clock.plist", Optional.empty(), List.of(error));

        Explanation why =
                explainer().explain(Domain.SYSTEM, LABEL, Optional.empty(), List.of(refused), Optional.empty());

        assertEquals(error.toString(), why.leaf());
    }

    @Test
    void shouldRefuseWhatNobodyKnows() {
        JobException refusal = assertThrows(JobException.class, () -> explainer()
                .explain(Domain.SYSTEM, LABEL, Optional.empty(), List.of(), Optional.empty()));

        assertEquals(JobException.Code.NO_SUCH_JOB, refusal.code());
    }

    private Explanation explain(JobState state, boolean disabled) throws JobException {
        return explainer()
                .explain(Domain.SYSTEM, LABEL, Optional.of(status(state, disabled)), List.of(), Optional.empty());
    }

    private Explainer explainer() {
        return new Explainer(work -> Optional.of(new Diagnosing()), label -> "/log/" + label);
    }

    private JobStatus status(JobState state, boolean disabled) {
        JobSpec spec = new JobSpec(
                LABEL,
                JobKind.DAEMON,
                new Origin.FileOrigin(Path.of("/etc/com.acme.clock.plist")),
                Work.ProgramWork.of("/bin/clock"),
                Policy.builder().runAtLoad(true).build(),
                "",
                List.of());
        Optional<JobStatus.LiveRun> live = state.live()
                ? Optional.of(new JobStatus.LiveRun(RunId.of(8), OptionalLong.of(4711), NOON, REASON, Optional.empty()))
                : Optional.empty();
        return new JobStatus(
                Domain.SYSTEM,
                spec,
                state,
                Wanted.UP,
                disabled,
                disabled,
                live,
                Optional.of(REASON),
                7,
                1,
                state == JobState.SCHEDULED ? Optional.of(NOON) : Optional.empty(),
                Optional.empty(),
                obstacle,
                gaveUp,
                last,
                Optional.empty(),
                0,
                List.of(),
                List.of());
    }

    private final class Diagnosing implements Runner {
        @Override
        public boolean runs(Work work) {
            return true;
        }

        @Override
        public void start(Launch launch, RunListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<String> signal(RunId run, int signal) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
            return diagnosis;
        }
    }
}
