package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lares.job.BackOff;
import org.lares.job.GiveUp;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.job.Work;

/** Stand-alone property lists: what comes of them. */
class DefinitionsTest {

    @Test
    void shouldTakeTheSmallestJob() {
        JobSpec spec = spec(Fixture.job());
        assertEquals(Label.of("com.acme.clock"), spec.label());
        assertEquals(JobKind.DAEMON, spec.kind());
        assertEquals(new Origin.FileOrigin(Fixture.FILE), spec.origin());
        assertEquals(Policy.ON_DEMAND, spec.policy());
        assertEquals(Work.ProgramWork.of("/bin/clock"), spec.work());
        assertEquals(List.of(), spec.remarks());
    }

    @Test
    void shouldTellFiveMistakesAtOnceWithTheirLines() {
        Verification verification = Fixture.read(Fixture.list(
                "  <key>Label</key>",
                "  <string>com acme clock</string>",
                "  <key>ProgramArgument</key>",
                "  <array><string>/bin/clock</string></array>",
                "  <key>RunAtLoad</key>",
                "  <string>true</string>",
                "  <key>ThrottleInterval</key>",
                "  <integer>-5</integer>",
                "  <key>WorkingDirectory</key>",
                "  <string>clock</string>"));
        List<Remark> errors = Fixture.errors(verification);
        assertEquals(
                List.of("5 Label", "6 ProgramArgument", "9 RunAtLoad", "11 ThrottleInterval", "13 WorkingDirectory"),
                errors.stream().map(error -> error.line() + " " + error.key()).toList());
        assertTrue(verification.spec().isEmpty());
        assertEquals("did you mean ProgramArguments?", errors.get(1).remedy());
        assertEquals(
                "/etc/launchd/daemons/test.plist:9: RunAtLoad: is of type string, not boolean; write <true/> or <false/>",
                errors.get(2).toString());
    }

    @Test
    void shouldTellAMissingLabel() {
        Remark error = Fixture.error(Fixture.read(Fixture.list("<key>Program</key><string>/bin/a</string>")));
        assertEquals("Label", error.key());
        assertEquals("is missing", error.message());
    }

    @ParameterizedTest
    @CsvSource({
        "keepalive, KeepAlive",
        "ProgramArgs, ProgramArguments",
        "StandardErrPath, StandardErrorPath",
        "Throttle-Interval, ThrottleInterval",
        "EnviromentVariables, EnvironmentVariables",
        "Nicee, Nice"
    })
    void shouldSuggestTheKeyThatWasMeant(String written, String meant) {
        Remark error = Fixture.error(Fixture.read(Fixture.job("<key>" + written + "</key><true/>")));
        assertEquals(written, error.key());
        assertEquals("did you mean " + meant + "?", error.remedy());
    }

    @ParameterizedTest
    @CsvSource({"KeepAlive.Crashed", "Sockets.*", "*", "KeepAlive.*"})
    void shouldNotTakeAPathForAKey(String written) {
        Remark error = Fixture.error(Fixture.read(Fixture.job("<key>" + written + "</key><true/>")));
        assertEquals("is no known key", error.message());
    }

    @Test
    void shouldSuggestNothingForAKeyLikeNoOther() {
        Remark error = Fixture.error(Fixture.read(Fixture.job("<key>Xyzzy</key><true/>")));
        assertFalse(error.remedy().contains("did you mean"));
    }

    @Test
    void shouldTellAKeyGivenTwice() {
        Remark error =
                Fixture.error(Fixture.read(Fixture.job("<key>RunAtLoad</key><true/>", "<key>RunAtLoad</key><true/>")));
        assertEquals(7, error.line());
        assertEquals("is given twice, first in line 6", error.message());
    }

    @Test
    void shouldTellAKeyWithoutAValueAndAValueWithoutAKeyAndGoOn() {
        List<Remark> errors = Fixture.errors(Fixture.read(Fixture.job(
                "<key>RunAtLoad</key>", "<key>Nice</key><integer>50</integer>", "<true/>", "<key>Disabled</key>")));
        assertEquals(
                List.of("6 RunAtLoad", "7 Nice", "8 ", "9 Disabled"),
                errors.stream().map(error -> error.line() + " " + error.key()).toList());
    }

    @Test
    void shouldReadEveryCondition() {
        Policy policy = spec(Fixture.job(
                        "<key>KeepAlive</key><dict>",
                        "<key>SuccessfulExit</key><false/><key>Crashed</key><true/>",
                        "<key>PathState</key><dict><key>/run/a.b</key><true/></dict>",
                        "<key>OtherJobEnabled</key><dict><key>com.acme.a</key><false/></dict>",
                        "<key>OtherJobActive</key><dict><key>com.acme.b</key><true/></dict>",
                        "<key>AfterInitialDemand</key><true/></dict>"))
                .policy();
        assertEquals(
                new KeepAlive(
                        false,
                        Optional.of(false),
                        Optional.of(true),
                        Map.of("/run/a.b", true),
                        Map.of(Label.of("com.acme.a"), false),
                        Map.of(Label.of("com.acme.b"), true),
                        true),
                policy.keepAlive());
        assertTrue(policy.startsAtLoad());
    }

    @Test
    void shouldRefuseConditionsOnWhatCannotBe() {
        List<Remark> errors = Fixture.errors(Fixture.read(Fixture.job(
                "<key>KeepAlive</key><dict>",
                "<key>PathState</key><dict><key>run/a</key><true/></dict>",
                "<key>OtherJobEnabled</key><dict><key>a/b</key><true/></dict></dict>")));
        assertEquals(List.of(7, 8), errors.stream().map(Remark::line).toList());
    }

    @Test
    void shouldReadTheOldWordForKeepAlive() {
        assertEquals(
                KeepAlive.ALWAYS,
                spec(Fixture.job("<key>OnDemand</key><false/>")).policy().keepAlive());
        JobSpec both = spec(Fixture.job("<key>OnDemand</key><false/>", "<key>KeepAlive</key><false/>"));
        assertEquals(KeepAlive.NEVER, both.policy().keepAlive());
        assertEquals("OnDemand", both.remarks().get(0).key());
    }

    @Test
    void shouldReadBackOffAndGiveUp() {
        Policy policy = spec(Fixture.job(
                        "<key>BackOff</key><dict><key>Initial</key><real>0.5</real>",
                        "<key>Maximum</key><integer>60</integer></dict>",
                        "<key>GiveUp</key><dict><key>Failures</key><integer>5</integer>",
                        "<key>Within</key><integer>90</integer></dict>"))
                .policy();
        BackOff usual = BackOff.DEFAULT;
        assertEquals(
                Optional.of(new BackOff(
                        Duration.ofMillis(500),
                        usual.multiplier(),
                        Duration.ofSeconds(60),
                        usual.jitter(),
                        usual.resetAfter())),
                policy.backOff());
        assertEquals(Optional.of(new GiveUp(5, Duration.ofSeconds(90))), policy.giveUp());
        assertEquals(
                Optional.of(usual),
                spec(Fixture.job("<key>BackOff</key><true/>")).policy().backOff());
    }

    @Test
    void shouldRefuseABackOffThatShrinksAndAGiveUpByHalves() {
        List<Remark> errors = Fixture.errors(Fixture.read(Fixture.job(
                "<key>BackOff</key><dict><key>Initial</key><integer>9</integer>",
                "<key>Maximum</key><integer>3</integer></dict>",
                "<key>GiveUp</key><dict><key>Failures</key><integer>5</integer></dict>")));
        assertEquals(
                List.of("7 BackOff", "8 GiveUp.Within"),
                errors.stream().map(error -> error.line() + " " + error.key()).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "<integer>18</integer>, 18",
        "<string>022</string>, 18",
        "<string>22</string>, 22",
        "<string>0x1f</string>, 31",
        "<string>0</string>, 0"
    })
    void shouldReadAMaskAsLaunchdDoes(String written, int mask) {
        assertEquals(
                OptionalInt.of(mask),
                program(Fixture.job("<key>Umask</key>" + written)).umask());
    }

    @ParameterizedTest
    @CsvSource({"<string>089</string>", "<string>01000</string>", "<string>-1</string>", "<integer>512</integer>"})
    void shouldRefuseWhatIsNoMask(String written) {
        assertEquals(
                "Umask",
                Fixture.error(Fixture.read(Fixture.job("<key>Umask</key>" + written)))
                        .key());
    }

    @Test
    void shouldReadAllThatSurroundsAProgram() {
        Work.ProgramWork work = program(Fixture.job(
                "<key>ProgramArguments</key><array><string>clock</string><string>-v</string></array>",
                "<key>EnvironmentVariables</key><dict><key>TZ</key><string>UTC</string></dict>",
                "<key>WorkingDirectory</key><string>/srv</string>",
                "<key>Nice</key><integer>20</integer>",
                "<key>SoftResourceLimits</key><dict><key>NumberOfFiles</key><integer>64</integer></dict>",
                "<key>HardResourceLimits</key><dict><key>NumberOfFiles</key><integer>128</integer></dict>",
                "<key>UserName</key><string>nobody</string><key>InitGroups</key><false/>",
                "<key>StandardOutPath</key><string>/var/log/clock</string>",
                "<key>AbandonProcessGroup</key><true/>"));
        assertEquals(
                new Work.ProgramWork(
                        "/bin/clock",
                        List.of("clock", "-v"),
                        Map.of("TZ", "UTC"),
                        Optional.of(Path.of("/srv")),
                        OptionalInt.empty(),
                        OptionalInt.of(19),
                        Map.of("NumberOfFiles", 64L),
                        Map.of("NumberOfFiles", 128L),
                        Optional.of("nobody"),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        Optional.of(Path.of("/var/log/clock")),
                        Optional.empty(),
                        true,
                        Limits.NONE),
                work);
    }

    @ParameterizedTest
    @CsvSource({"clock, clock", "bin/clock, /srv/bin/clock", "/bin/clock, /bin/clock"})
    void shouldFindTheProgramInTheFirstArgument(String argument, String program) {
        String list = Fixture.list(
                "<key>Label</key><string>a</string><key>WorkingDirectory</key><string>/srv</string>",
                "<key>ProgramArguments</key><array><string>" + argument + "</string></array>");
        assertEquals(program, program(list).program());
        assertEquals(List.of(argument), program(list).arguments());
    }

    @ParameterizedTest
    @CsvSource({"<array/>", "<array><string/></array>"})
    void shouldRefuseArgumentsThatNameNoProgram(String arguments) {
        String list = Fixture.list("<key>Label</key><string>a</string><key>ProgramArguments</key>" + arguments);
        assertEquals("ProgramArguments", Fixture.error(Fixture.read(list)).key());
    }

    @Test
    void shouldTakeAJobWhoseProgramIsMissingAndSaySo() {
        String list =
                Fixture.list("<key>Label</key><string>a</string>", "<key>Program</key><string>/absent/x</string>");
        Remark note = spec(list).remarks().get(0);
        assertEquals(5, note.line());
        assertEquals("the program /absent/x does not exist: every start will fail", note.message());
    }

    @Test
    void shouldSayAtLoadWhatAContainerThatIsNotRootRefuses() {
        String list = Fixture.job(
                "<key>UserName</key><string>root</string>",
                "<key>GroupName</key><string>nobody</string>",
                "<key>Nice</key><integer>-1</integer>");
        assertEquals(
                List.of("UserName", "GroupName", "Nice"),
                Fixture.errors(Fixture.read(list, Fixture.NOT_ROOT)).stream()
                        .map(Remark::key)
                        .toList());
        assertTrue(Fixture.read(list, Fixture.ROOT).ok());
        String own = Fixture.job("<key>UserName</key><string>alice</string>");
        assertTrue(Fixture.read(own, Fixture.NOT_ROOT).ok());
    }

    @Test
    void shouldSayAtLoadWhichLimitsAContainerThatIsNotRootCannotSet() {
        String list = Fixture.job(
                "<key>SoftResourceLimits</key><dict><key>NumberOfFiles</key><integer>4096</integer></dict>",
                "<key>HardResourceLimits</key><dict><key>NumberOfFiles</key><integer>4097</integer></dict>");
        Remark error = Fixture.error(Fixture.read(list, Fixture.NOT_ROOT));
        assertEquals("HardResourceLimits.NumberOfFiles", error.key());
        assertTrue(Fixture.read(list, Fixture.ROOT).ok());
    }

    @Test
    void shouldSayThatAUserIsNotThere() {
        Remark note = spec(Fixture.job("<key>UserName</key><string>_nobody</string>"))
                .remarks()
                .get(0);
        assertEquals("UserName", note.key());
    }

    @Test
    void shouldIgnoreAVariableThatIsNoStringAndSaySo() {
        JobSpec spec = spec(Fixture.job(
                "<key>EnvironmentVariables</key><dict>",
                "<key>A</key><integer>1</integer><key>B</key><string>2</string></dict>"));
        assertEquals(Map.of("B", "2"), ((Work.ProgramWork) spec.work()).environment());
        assertEquals("EnvironmentVariables.A", spec.remarks().get(0).key());
    }

    @Test
    void shouldRefuseALimitAboveItsHardLimit() {
        Remark error = Fixture.error(Fixture.read(Fixture.job(
                "<key>SoftResourceLimits</key><dict><key>CPU</key><integer>9</integer></dict>",
                "<key>HardResourceLimits</key><dict><key>CPU</key><integer>8</integer></dict>")));
        assertEquals("SoftResourceLimits.CPU", error.key());
    }

    @ParameterizedTest
    @CsvSource({"Container", "Sandbox"})
    void shouldNeverRunAProgramLessIsolatedThanAskedFor(String isolation) {
        Remark error =
                Fixture.error(Fixture.read(Fixture.job("<key>Isolation</key><string>" + isolation + "</string>")));
        assertEquals("Isolation", error.key());
    }

    @Test
    void shouldSayNothingOfAKeyThatIsGivenItsDefault() {
        assertEquals(
                List.of(),
                spec(Fixture.job(
                                "<key>EnablePressuredExit</key><false/>",
                                "<key>ThrottleInterval</key><integer>10</integer>",
                                "<key>ProcessType</key><string>Standard</string>",
                                "<key>EnableGlobbing</key><false/>"))
                        .remarks());
    }

    @Test
    void shouldNotRepeatForSubKeysWhatIsSaidOfTheWhole() {
        JobSpec spec = spec(Fixture.job(
                "<key>Sockets</key><dict><key>L</key><dict>",
                "<key>SockServiceName</key><string>80</string></dict></dict>"));
        assertEquals(
                List.of("Sockets"), spec.remarks().stream().map(Remark::key).toList());
    }

    @Test
    void shouldCheckEvenWhatIsNotHonouredYet() {
        Remark error = Fixture.error(Fixture.read(Fixture.job(
                "<key>Sockets</key><dict><key>L</key><array><dict>",
                "<key>SockServicename</key><string>80</string></dict></array></dict>")));
        assertEquals("Sockets.L[0].SockServicename", error.key());
        assertEquals("did you mean SockServiceName?", error.remedy());
    }

    private static JobSpec spec(String list) {
        Verification verification = Fixture.read(list);
        return verification
                .spec()
                .orElseThrow(() -> new AssertionError(verification.remarks().toString()));
    }

    private static Work.ProgramWork program(String list) {
        return (Work.ProgramWork) spec(list).work();
    }
}
