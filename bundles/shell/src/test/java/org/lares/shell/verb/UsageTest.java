package org.lares.shell.verb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.job.Explanation;
import org.lares.job.JobException;
import org.lares.job.Label;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.shell.FakeJobControl;

/** Command lines that are wrong, and requests that fail. */
class UsageTest {
    private final FakeJobControl jobs = FakeJobControl.household();

    private Call run(String... args) throws IOException {
        return Call.root(jobs, args);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "frobnicate",
                "list a b",
                "list --no-such",
                "list -label",
                "print",
                "print ../etc",
                "print user/x/y",
                "bootstrap system",
                "bootstrap system/zeta /x",
                "bootout system",
                "bootout zeta /x",
                "enable system",
                "kickstart -x zeta",
                "kill 9",
                "kill 0 zeta",
                "kill 65 zeta",
                "kill SIGNOT zeta",
                "kill --signal zeta",
                "log -n x zeta",
                "log -n -1 zeta",
                "verify",
                "help frobnicate"
            })
    void shouldAnswer64ToWrongUsage(String line) throws IOException {
        Call call = run(line.split(" "));
        assertEquals(64, call.exit(), call.err());
        assertEquals("", call.out());
        assertEquals(1, call.err().lines().count(), call.err());
        assertFalse(call.err().contains("Exception"), call.err());
        assertEquals(List.of(), jobs.requests);
    }

    @ParameterizedTest
    @CsvSource({"kill SIGKILL zeta,9", "kill kill zeta,9", "kill 9 zeta,9", "kill -9 zeta,9", "kill -TERM zeta,15"})
    void shouldKnowSignalsByNameAndNumber(String line, int signal) throws IOException {
        assertEquals(0, run(line.split(" ")).exit());
        assertEquals(List.of("kill " + signal + " zeta uid 0"), jobs.requests);
    }

    @ParameterizedTest
    @ValueSource(strings = {"print", "enable", "release", "kickstart", "blame", "explain", "history", "log"})
    void shouldAnswer112ForAnotherDomain(String verb) throws IOException {
        Call call = run(verb, "user/501/com.acme.menu");
        assertEquals(112, call.exit());
        assertEquals(
                "cannot " + verb + " user/501/com.acme.menu: this container serves system only;"
                        + " ask the container of user/501\n",
                call.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"print", "blame", "explain", "history", "log", "list"})
    void shouldAnswer113ForNoSuchJob(String verb) throws IOException {
        assertEquals(113, run(verb, "no.such").exit());
    }

    @Test
    void shouldTellOnlyWhoControlsWhyAJobIsNotThere() throws IOException {
        jobs.absent.put(
                Label.of("com.acme.refused"),
                new Explanation("system/com.acme.refused", List.of("its definition was refused"), "mend it"));

        assertTrue(run("explain", "com.acme.refused").out().contains("its definition was refused"));
        assertEquals(
                113,
                Call.as(501, jobs, OptionalInt.empty(), "explain", "com.acme.refused")
                        .exit());
    }

    @Test
    void shouldSayWhatIsNotHonouredOfWhatIsLoaded() throws IOException {
        jobs.jobs.put(Label.of("com.acme.new"), jobs.jobs.get(Label.of("com.acme.clock")));

        Call call = run("bootstrap", "--json", "system", "/a.plist");

        assertEquals(0, call.exit());
        assertTrue(call.err().startsWith("note: /etc/launchd/daemons/com.acme.clock.plist:7: "), call.err());
    }

    @Test
    void shouldAnswerWithTheCodeOfARefusal() throws IOException {
        for (JobException.Code code : JobException.Code.values()) {
            jobs.refusal = Optional.of(
                    new CompletionException(new JobException(code, "cannot enable zeta: \u001b[31mno; wait")));
            Call call = run("enable", "zeta");
            assertEquals(code.exit(), call.exit());
            assertEquals("cannot enable zeta: \\x1b[31mno; wait\n", call.err());
        }
    }

    @Test
    void shouldNeverShowAStackTrace() throws IOException {
        jobs.refusal = Optional.of(new IllegalStateException("secret"));
        Call call = run("enable", "zeta");
        assertEquals(5, call.exit());
        assertEquals("cannot enable: internal error; the container's log has the details\n", call.err());
    }

    @Test
    void shouldGoOnWithTheNextPath() throws IOException {
        assertEquals(0, run("bootstrap", "system", "a.plist", "/b").exit());
        assertEquals(List.of("bootstrap /home/me/a.plist uid 0", "bootstrap /b uid 0"), jobs.requests);
        jobs.refusal = Optional.of(new JobException(JobException.Code.FAILED, "cannot bootstrap: no; fix it"));
        Call failed = run("bootstrap", "--json", "system", "a.plist", "/b");
        assertEquals(5, failed.exit());
        assertEquals(2, failed.err().lines().count());
        assertEquals("{\n  \"bootstrapped\": []\n}\n", failed.out());
    }

    @Test
    void shouldBootOutByThePathThatWasLoaded() throws IOException {
        assertEquals(
                0, run("bootout", "system", "/etc/launchd/daemons/zeta.plist").exit());
        assertEquals(List.of("bootout zeta uid 0"), jobs.requests);
        assertEquals(0, run("bootout", "system", "/etc/launchd/daemons").exit());
        assertEquals(4, jobs.requests.size());
        assertEquals(113, run("bootout", "system", "/etc/launchd").exit());
    }

    @Test
    void shouldPrintAllRemarksAndFailOnAnyError() throws IOException {
        Remark note = new Remark(Remark.Severity.NOTE, "/a.plist", 3, "Nice", "not honoured", "");
        Remark error =
                new Remark(Remark.Severity.ERROR, "/b.plist", 9, "KeepAlive", "is\nno\u001b dict", "write <true/>");
        jobs.verifications = List.of(
                new Verification("/a.plist", Optional.of(FakeJobControl.idle().spec()), List.of(note)),
                new Verification("/b.plist", Optional.empty(), List.of(error)));
        Call call = run("verify", "/x");
        assertEquals(5, call.exit());
        assertEquals(
                "note: /a.plist:3: Nice: not honoured\n/a.plist: OK\n"
                        + "error: /b.plist:9: KeepAlive: is\\nno\\x1b dict; write <true/>\n/b.plist: 1 error\n",
                call.out());
        jobs.verifications = jobs.verifications.subList(0, 1);
        assertEquals(0, run("verify", "/x").exit());
        assertTrue(run("verify", "--json", "/x").out().startsWith("{\n  \"ok\": true,"));
    }

    @Test
    void shouldRefuseARelativePathFromNowhere() throws IOException {
        Session nowhere = new Session(
                jobs,
                new Access(new org.lares.job.Caller(0, 0, java.util.OptionalLong.empty()), 0),
                text -> {},
                text -> assertTrue(text.contains("write an absolute path"), text),
                java.util.OptionalInt.empty(),
                Optional.<Path>empty(),
                java.time.ZoneOffset.UTC,
                new Cancellation(),
                "0.1.0");
        assertEquals(64, Verbs.run(nowhere, List.of("bootstrap", "system", "a.plist")));
    }
}
