package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.RunEnd;
import org.lares.xpc.posix.Posix;

/** What a program finds around it, with and without a chain. */
class SurroundingsTest {
    private static final String OTHER = "nobody";

    private final ProgramRunner runner = new ProgramRunner();
    private final Recorder heard = new Recorder();

    @TempDir
    Path folder;

    private Path log;

    @BeforeEach
    void createLog() throws Exception {
        log = Files.createFile(folder.resolve("log"));
    }

    @AfterEach
    void closeRunner() {
        runner.close();
    }

    /** Runs it to its good end and returns what it wrote to its log. */
    private List<String> output(Job job) throws Exception {
        Files.writeString(log, "");
        runner.start(job.launch(1, log), heard);
        heard.started();
        RunEnd end = heard.ended().end();
        assertEquals(RunEnd.exited(0), end, () -> {
            try {
                return Files.readString(log);
            } catch (java.io.IOException e) {
                return e.toString();
            }
        });
        return Files.readAllLines(log);
    }

    private static Job chained(Job job) {
        job.umask = OptionalInt.of(022);
        return job;
    }

    private static void needRoot() throws Exception {
        assumeTrue(Posix.uid() == 0, "needs root to run a program as another user");
        assumeTrue(Posix.user(OTHER).isPresent(), "needs the user " + OTHER);
    }

    private static Set<String> ownEnvironment(String... more) throws Exception {
        Set<String> variables = new TreeSet<>(List.of(
                "PATH=/usr/bin:/bin:/usr/sbin:/sbin",
                "LARES_DOMAIN=system",
                "LARES_LABEL=org.lares.test",
                "LARES_RUN_ID=1"));
        if (Posix.uid() != 0) {
            Posix.User self = Posix.self().orElseThrow();
            variables.addAll(List.of(
                    "HOME=" + self.home(), "USER=" + self.name(), "LOGNAME=" + self.name(), "SHELL=" + self.shell()));
        }
        variables.addAll(List.of(more));
        return variables;
    }

    @Test
    void shouldGiveExactlyTheDocumentedEnvironment() throws Exception {
        assertEquals(ownEnvironment(), new TreeSet<>(output(Job.of("/usr/bin/env"))));
        assertEquals(ownEnvironment(), new TreeSet<>(output(chained(Job.of("/usr/bin/env")))));
    }

    @Test
    void shouldPassVariablesThatAShellWouldChange() throws Exception {
        String[] odd = {
            "a.b=1",
            "PWD=/elsewhere",
            "IFS=,",
            "OPTIND=x",
            "name=n",
            "PS1=p",
            "LD_BIND_NOW=1",
            "_=u",
            "EMPTY=",
            "S=a 'b' $c"
        };
        for (boolean chain : new boolean[] {false, true}) {
            Job job = Job.of("/usr/bin/env");
            for (String variable : odd) {
                job.environment.put(
                        variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
            }
            assertEquals(ownEnvironment(odd), new TreeSet<>(output(chain ? chained(job) : job)));
        }
    }

    @Test
    void shouldNotLetADefinitionForgeTheSigns() throws Exception {
        Job job = Job.of("/usr/bin/env");
        job.environment.put("LARES_RUN_ID", "7");
        job.environment.put("PATH", "/opt");
        Set<String> expected = ownEnvironment("PATH=/opt");
        expected.remove("PATH=/usr/bin:/bin:/usr/sbin:/sbin");
        assertEquals(expected, new TreeSet<>(output(job)));
    }

    @Test
    void shouldGiveNoOtherDescriptors() throws Exception {
        // The shell itself has no more than it was given; ls is its child.
        for (Job job : List.of(Job.shell("ls /proc/$$/fd"), chained(Job.shell("ls /proc/$$/fd")))) {
            assertEquals(List.of("0", "1", "2"), output(job));
        }
    }

    @Test
    void shouldLeaveNoSignalBlockedOrIgnored() throws Exception {
        for (Job job :
                List.of(Job.of("/bin/cat", "/proc/self/status"), chained(Job.of("/bin/cat", "/proc/self/status")))) {
            List<String> lines = output(job);
            for (String mask : List.of("SigBlk", "SigIgn", "SigCgt")) {
                assertTrue(lines.contains(mask + ":\t0000000000000000"), () -> mask + " in " + lines);
            }
        }
    }

    @Test
    void shouldStartInItsFolder() throws Exception {
        assertEquals(List.of("/"), output(Job.of("/bin/pwd")));
        assertEquals(List.of("/"), output(chained(Job.of("/bin/pwd"))));
        Job job = Job.of("/bin/pwd");
        Path directory = Files.createDirectory(folder.resolve("a b"));
        job.directory = Optional.of(directory);
        assertEquals(List.of(directory.toRealPath().toString()), output(job));
        assertEquals(List.of(directory.toRealPath().toString()), output(chained(job)));
    }

    @Test
    void shouldKeepArgumentZero() throws Exception {
        for (boolean chain : new boolean[] {false, true}) {
            Job job = Job.of("-name with blank", "/proc/self/cmdline", "/dev/null");
            job.program = "/bin/cat";
            assertEquals(
                    List.of("-name with blank\0/proc/self/cmdline\0/dev/null\0"), output(chain ? chained(job) : job));
        }
    }

    @Test
    void shouldUseTheNamedFiles() throws Exception {
        for (boolean chain : new boolean[] {false, true}) {
            Job job = Job.shell("cat; echo error >&2");
            job.in = Optional.of(Files.writeString(folder.resolve("in"), "input\n"));
            job.out = Optional.of(folder.resolve("out"));
            job.error = Optional.of(folder.resolve("error"));
            assertEquals(List.of(), output(chain ? chained(job) : job));
        }
        assertEquals("input\ninput\n", Files.readString(folder.resolve("out")));
        assertEquals("error\nerror\n", Files.readString(folder.resolve("error")));
    }

    @Test
    void shouldMakeItsFilesWithItsUmask() throws Exception {
        Job job = Job.shell("umask; echo x >" + folder.resolve("made"));
        job.umask = OptionalInt.of(0027);
        job.error = Optional.of(folder.resolve("error"));
        assertEquals(List.of("0027"), output(job));
        for (String file : List.of("made", "error")) {
            assertEquals(
                    "rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))));
        }
    }

    @Test
    void shouldSetLimitsExactly() throws Exception {
        Job job = Job.of("/bin/cat", "/proc/self/limits");
        job.soft.put("NumberOfFiles", 77L);
        job.hard.put("NumberOfFiles", 99L);
        job.soft.put("Core", 0L);
        job.soft.put("FileSize", 1_000_001L);
        List<String> lines = output(job).stream()
                .map(line -> line.replaceAll(" +", " ").strip())
                .toList();
        assertTrue(lines.contains("Max open files 77 99 files"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("Max core file size 0 ")), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("Max file size 1000001 ")), lines::toString);
    }

    @Test
    void shouldSetNice() throws Exception {
        Job job = Job.of("/usr/bin/nice");
        int own = Integer.parseInt(output(job).get(0));
        job.nice = OptionalInt.of(Math.min(19, own + 5));
        assertEquals(List.of(Integer.toString(Math.min(19, own + 5))), output(job));
    }

    @Test
    void shouldRaiseWhatOnlyRootMayBeforeItBecomesAnother() throws Exception {
        needRoot();
        Job job = Job.shell("id -u; id -g; id -G; nice; ulimit -Hn; echo $HOME $USER $LOGNAME");
        Posix.User other = Posix.user(OTHER).orElseThrow();
        job.user = Optional.of(OTHER);
        job.nice = OptionalInt.of(-5);
        job.soft.put("NumberOfFiles", 50L);
        job.hard.put("NumberOfFiles", 5_000L);
        assertEquals(
                List.of(
                        Long.toString(other.uid()),
                        Long.toString(other.gid()),
                        Long.toString(other.gid()),
                        "-5",
                        "5000",
                        other.home() + " nobody nobody"),
                output(job));
    }

    @Test
    void shouldTakeUserAndGroupByNumber() throws Exception {
        needRoot();
        Posix.User other = Posix.user(OTHER).orElseThrow();
        Job job = Job.shell("id -u; id -g; id -G");
        job.user = Optional.of(Long.toString(other.uid()));
        job.group = Optional.of("1");
        job.initGroups = false;
        assertEquals(List.of(Long.toString(other.uid()), "1", "1"), output(job));
    }

    @Test
    void shouldLeaveNoCapability() throws Exception {
        needRoot();
        Job job = Job.of("/bin/cat", "/proc/self/status");
        job.user = Optional.of(OTHER);
        List<String> lines = output(job);
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
            assertTrue(lines.contains(set + ":\t0000000000000000"), () -> set + " in " + lines);
        }
    }

    @Test
    void shouldOpenFilesAsTheUserOfTheJob() throws Exception {
        needRoot();
        open(folder);
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        open(theirs);
        Job job = Job.shell("echo hello");
        job.user = Optional.of(OTHER);
        job.out = Optional.of(theirs.resolve("out"));
        job.umask = OptionalInt.of(077);
        output(job);
        assertEquals("hello\n", Files.readString(theirs.resolve("out")));
        assertEquals(OTHER, Files.getOwner(theirs.resolve("out")).getName());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(theirs.resolve("out"))));
    }

    @Test
    void shouldNotOpenForAUserWhatItMayNot() throws Exception {
        needRoot();
        open(folder);
        Path secret = Files.writeString(folder.resolve("secret"), "secret\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        // As a user would try it: a link in a folder of its own.
        Path link = Files.createSymbolicLink(folder.resolve("link"), secret);
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Job job = Job.of("/bin/true");
            job.user = Optional.of(OTHER);
            jobs.add(job);
        }
        jobs.get(0).in = Optional.of(link);
        jobs.get(1).out = Optional.of(link);
        jobs.get(2).error = Optional.of(link);
        for (Job job : jobs) {
            runner.start(job.launch(1, log), heard);
            String reason = heard.failed().reason();
            assertTrue(reason.contains("Permission denied"), reason);
        }
        assertEquals("secret\n", Files.readString(secret));
    }

    @Test
    void shouldSayThatTheUserMayNotRunIt() throws Exception {
        needRoot();
        open(folder);
        Path program = Files.copy(Path.of("/bin/true"), folder.resolve("program"));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Job job = Job.of(program.toString());
        job.user = Optional.of(OTHER);
        runner.start(job.launch(1, log), heard);
        String reason = heard.failed().reason();
        assertTrue(reason.contains("no right to run " + program), reason);
    }

    @Test
    void shouldSayThatOnlyRootBecomesAnother() {
        Account user = new Account(1000, 1000, 0, Optional.empty());
        Job job = Job.of("/bin/true");
        job.user = Optional.of("root");
        assertTrue(refusal(job, user).contains("it is to run as user root"));
        job.user = Optional.empty();
        job.group = Optional.of("root");
        assertTrue(refusal(job, user).contains("it is to run in group root"));
        job.group = Optional.empty();
        job.nice = OptionalInt.of(-1);
        assertTrue(refusal(job, user).contains("Nice -1 is below"));
    }

    private static String refusal(Job job, Account account) {
        return org.junit.jupiter.api.Assertions.assertThrows(
                        RefusedException.class, () -> Preparation.of(job.work(), account))
                .getMessage();
    }

    private static void open(Path directory) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
}
