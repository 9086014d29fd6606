package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.lares.xpc.posix.Posix;

/** The chains as values. */
class CommandTest {
    private static final Account ROOT = new Account(0, 0, 0, Optional.empty());
    private static final Posix.User ANNA = new Posix.User("anna", 1001, 100, "/home/anna", "/bin/bash");

    private OptionalInt files = OptionalInt.empty();
    private List<Path> joining = List.of();

    private Command command(Job job, Account container, Optional<Posix.User> user, Map<String, String> variables)
            throws RefusedException {
        Preparation preparation =
                new Preparation(container, Path.of(job.program), user, user.map(Posix.User::gid), Optional.empty());
        return Command.of(job.work(), preparation, variables, files, joining);
    }

    /** The chain without the shell's script and what follows it. */
    private static List<String> links(Command command) {
        List<String> all = command.arguments();
        return all.subList(0, all.indexOf("-c"));
    }

    @Test
    void shouldHaveNoChainForAPlainJob() throws Exception {
        Command command = command(Job.of("/bin/x", "a"), ROOT, Optional.empty(), Map.of("A", "1", "LD_X", "2"));
        assertEquals(
                new Command(Path.of("/bin/x"), List.of("/bin/x", "a"), Map.of("A", "1", "LD_X", "2"), false), command);
    }

    @Test
    void shouldHaveOnlyTheLinksThatAreNeededInTheirOrder() throws Exception {
        Job job = Job.of("/bin/x", "a");
        job.umask = OptionalInt.of(022);
        assertEquals(List.of("/usr/bin/sh"), links(command(job, ROOT, Optional.empty(), Map.of())));
        job.nice = OptionalInt.of(3);
        assertEquals(
                List.of("/usr/bin/nice", "-n", "-2", "/usr/bin/sh"),
                links(command(job, new Account(0, 0, 5, Optional.empty()), Optional.empty(), Map.of())));
        job.soft.put("Core", 5L);
        job.hard.put("CPU", 7L);
        assertEquals(
                List.of(
                        "/usr/bin/prlimit",
                        "--cpu=:7",
                        "--core=5:",
                        "/usr/bin/nice",
                        "-n",
                        "3",
                        "/usr/bin/setpriv",
                        "--reuid=1001",
                        "--regid=100",
                        "--init-groups",
                        "--",
                        "/usr/bin/sh"),
                links(command(job, ROOT, Optional.of(ANNA), Map.of())));
    }

    @Test
    void shouldKeepFromLinksOfRootWhatWouldMisleadThem() throws Exception {
        Job job = Job.of("/bin/x", "a");
        Command command = command(
                job,
                ROOT,
                Optional.of(ANNA),
                Map.of("LD_PRELOAD", "/home/anna/x.so", "A", "1", "BASH_ENV", "/home/anna/b"));
        assertTrue(command.chained());
        assertEquals(Map.of("A", "1"), command.environment());
        List<String> all = command.arguments();
        assertEquals(
                List.of("/usr/bin/env", "--", "BASH_ENV=/home/anna/b", "LD_PRELOAD=/home/anna/x.so", "/bin/x", "a"),
                all.subList(all.size() - 6, all.size()));
    }

    @Test
    void shouldPutNothingOfTheDefinitionIntoTheScript() throws Exception {
        Job job = Job.of("/bin/x'; $(y)", "a");
        job.umask = OptionalInt.of(077);
        job.directory = Optional.of(Path.of("/d'; $(y)"));
        job.out = Optional.of(Path.of("/o'; $(y)"));
        job.environment.put("E", "'; $(y)");
        List<String> all =
                command(job, ROOT, Optional.of(ANNA), job.environment).arguments();
        assertFalse(all.get(all.indexOf("-c") + 1).contains("$(y)"));
    }

    @Test
    void shouldSayWhatCannotBeHadTogether() {
        Job job = Job.of("other", "a");
        job.program = "/bin/x";
        job.umask = OptionalInt.of(077);
        assertThrows(RefusedException.class, () -> command(job, ROOT, Optional.empty(), Map.of("a.b", "c")));
    }

    @Test
    void shouldJoinControlGroupsBeforeAnyRightIsGivenUp() throws Exception {
        joining = List.of(Path.of("/c/a/cgroup.procs"), Path.of("/c/b/tasks"));
        Command plain = command(Job.of("/bin/x", "a"), ROOT, Optional.empty(), Map.of("A", "1"));
        assertTrue(plain.chained());
        List<String> all = plain.arguments();
        assertTrue(all.get(2).startsWith("echo 0 >\"$1\" || exit 1; shift; echo 0 >\"$1\" || exit 1; shift; cd "));
        assertEquals(List.of("sh", "/c/a/cgroup.procs", "/c/b/tasks", "/"), all.subList(3, 7));

        all = command(Job.of("/bin/x", "a"), ROOT, Optional.of(ANNA), Map.of()).arguments();
        assertEquals(
                List.of(
                        "/usr/bin/sh",
                        "-c",
                        "echo 0 >\"$1\" || exit 1; shift; echo 0 >\"$1\" || exit 1; shift; exec \"$@\"",
                        "sh",
                        "/c/a/cgroup.procs",
                        "/c/b/tasks",
                        "/usr/bin/setpriv"),
                all.subList(0, 7));
        assertFalse(all.subList(7, all.size()).contains("/c/a/cgroup.procs"));
    }

    @Test
    void shouldLimitFilesOnce() throws Exception {
        files = OptionalInt.of(64);
        Job job = Job.of("/bin/x");
        job.soft.put("NumberOfFiles", 1000L);
        job.soft.put("Core", 5L);
        assertEquals(
                List.of("/usr/bin/prlimit", "--nofile=64:64", "--core=5:", "/usr/bin/sh"),
                links(command(job, ROOT, Optional.empty(), Map.of())));
    }
}
