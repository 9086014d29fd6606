package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Label;
import org.lares.job.Limits;
import org.lares.job.RunId;

/** What is found on machines that are described by files; writes make files here, where a kernel would act. */
class CgroupMountsTest {
    private static final Limits ALL =
            new Limits(OptionalLong.of(1 << 20), OptionalDouble.of(0.5), OptionalInt.of(7), OptionalInt.empty(), false);

    @TempDir
    Path folder;

    private Path self;
    private Path root;
    private Path own;

    @BeforeEach
    void createMachine() throws IOException {
        self = Files.createDirectory(folder.resolve("self"));
        root = Files.createDirectory(folder.resolve("cgroup"));
        own = Files.createDirectories(root.resolve("system.slice/lares.service"));
    }

    private void unified(String path, String controllers, String... members) throws IOException {
        Files.writeString(self.resolve("cgroup"), "0::" + path + "\n");
        Files.writeString(
                self.resolve("mountinfo"), "30 20 0:26 / " + root + " rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
        Path group = root.resolve(path.substring(1));
        Files.createDirectories(group);
        Files.writeString(group.resolve("cgroup.controllers"), controllers + "\n");
        Files.writeString(own.resolve("cgroup.controllers"), controllers + "\n");
        Files.writeString(own.resolve("cgroup.procs"), "");
        Files.writeString(group.resolve("cgroup.procs"), String.join("\n", members) + "\n");
        Files.writeString(own.resolve("cgroup.type"), "domain\n");
        Files.writeString(group.resolve("cgroup.type"), "domain\n");
    }

    private CgroupMounts find(boolean systemd, boolean delegated) {
        return CgroupMounts.of(new CgroupMounts.Machine(self, systemd, group -> delegated), "lares-x");
    }

    private static String pid() {
        return Long.toString(ProcessHandle.current().pid());
    }

    @Test
    void shouldDivideADelegatedGroupBesideTheContainer() throws Exception {
        unified("/system.slice/lares.service/container", "cpu io memory pids", pid());
        CgroupMounts mounts = find(true, true);
        assertEquals(
                List.of(new Hierarchy(true, own, own.resolve("lares-x"), Set.of("cpu", "memory", "pids"))),
                mounts.used(false));
        Leaf leaf = new Cgroups(mounts)
                .make(Label.of("a.b"), RunId.of(5), ALL, note -> {
                    throw new AssertionError(note);
                })
                .orElseThrow();
        assertEquals("+cpu +memory +pids", Files.readString(own.resolve("cgroup.subtree_control")));
        Path base = own.resolve("lares-x");
        assertEquals("+cpu +memory +pids", Files.readString(base.resolve("cgroup.subtree_control")));
        Path group = base.resolve("a.b.5");
        assertEquals("1048576", Files.readString(group.resolve("memory.max")));
        assertEquals("1", Files.readString(group.resolve("memory.oom.group")));
        assertEquals("50000 100000", Files.readString(group.resolve("cpu.max")));
        assertEquals("7", Files.readString(group.resolve("pids.max")));
        assertTrue(leaf.joinedByProgram());
        assertEquals(List.of(group.resolve("cgroup.procs")), leaf.joiningFiles());
    }

    @Test
    void shouldSayWhatToDoWhenARunCannotJoinItsGroup() throws Exception {
        Files.writeString(self.resolve("cgroup"), "4:pids:/system.slice/lares.service\n");
        Files.writeString(self.resolve("mountinfo"), "30 20 0:26 / " + root + " rw,nosuid - cgroup cgroup rw,pids\n");
        Files.createDirectory(own.resolve("tasks"));
        Recorder heard = new Recorder();
        ProgramRunner runner = new ProgramRunner(new Cgroups(find(false, false)));
        try {
            runner.start(Job.of("/bin/sleep", "1000").launch(1, Files.createFile(folder.resolve("log"))), heard);
            String reason = heard.failed().reason();
            assertTrue(reason.contains("\"0\" could not be written to " + own.resolve("tasks")), reason);
            assertTrue(reason.contains("; give this container the right to it"), reason);
        } finally {
            runner.close();
        }
    }

    @Test
    void shouldReadWhatBecameOfARunInVersionTwo() throws Exception {
        Path group = Files.createDirectories(folder.resolve("lares-x/a.1"));
        Leaf leaf = new Leaf(
                "a.1",
                List.of(new Hierarchy(true, folder, folder.resolve("lares-x"), Set.of("cpu", "memory", "pids"))));
        assertEquals(0, leaf.outOfMemory());
        assertEquals(OptionalLong.empty(), leaf.peakMemory());
        assertEquals(Optional.empty(), leaf.cpu());
        Files.writeString(
                group.resolve("memory.events"), "low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\noom_group_kill 1\n");
        Files.writeString(group.resolve("memory.peak"), "12345678\n");
        Files.writeString(group.resolve("cpu.stat"), "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n");
        Files.writeString(group.resolve("cgroup.procs"), "0\n" + pid() + "\n12\n");
        Files.writeString(group.resolve("cgroup.kill"), "");
        assertEquals(2, leaf.outOfMemory());
        assertEquals(OptionalLong.of(12345678), leaf.peakMemory());
        assertEquals(1_500_000, leaf.cpu().orElseThrow().toNanos());
        assertEquals(Set.of(12L), leaf.numbers());
        leaf.kill();
        assertEquals("1", Files.readString(group.resolve("cgroup.kill")));
    }

    @Test
    void shouldMoveItselfAsideWhereNobodyElseIs() throws Exception {
        unified("/system.slice/lares.service", "memory pids", pid());
        CgroupMounts mounts = find(false, false);
        assertEquals(Optional.empty(), mounts.obstacle("memory"));
        assertTrue(mounts.obstacle("cpu").orElseThrow().contains("; "));
        mounts.prepare();
        assertEquals(pid(), Files.readString(own.resolve("container/cgroup.procs")));
        assertEquals("+memory +pids", Files.readString(own.resolve("cgroup.subtree_control")));
    }

    @Test
    void shouldNotDisturbOthersInItsGroup() throws Exception {
        unified("/system.slice/lares.service", "memory pids", pid(), "1");
        CgroupMounts mounts = find(false, false);
        assertTrue(mounts.obstacle("memory").orElseThrow().contains("has other processes"));
        mounts.prepare();
        assertFalse(Files.exists(own.resolve("container")));
        assertFalse(Files.exists(own.resolve("cgroup.subtree_control")));
        assertEquals(Set.of(), mounts.used(false).get(0).controllers());
    }

    @Test
    void shouldNotTakeWhatSystemdDidNotGive() throws Exception {
        unified("/system.slice/lares.service", "memory pids", pid());
        CgroupMounts mounts = find(true, false);
        assertEquals(List.of(), mounts.used(true));
        String reason = mounts.obstacle("memory").orElseThrow();
        assertTrue(
                reason.endsWith("start it by a unit with Delegate=yes and DelegateSubgroup=container"
                        + " (systemd 254 or later), or make the limits advisory"),
                reason);
    }

    @Test
    void shouldFollowTreesWithoutLimitsUnderAnOldSystemd() throws Exception {
        unified("/system.slice/lares.service", "memory pids", pid());
        CgroupMounts mounts = find(true, true);
        assertEquals(List.of(new Hierarchy(true, own, own.resolve("lares-x"), Set.of())), mounts.used(true));
        assertTrue(mounts.obstacle("pids").orElseThrow().contains("systemd 254"));
        mounts.prepare();
        assertFalse(Files.exists(own.resolve("cgroup.subtree_control")));
    }

    @Test
    void shouldAskTheHierarchyOfVersionOneWhoseMembersCannotMultiply() throws Exception {
        Files.writeString(self.resolve("cgroup"), "5:cpuacct,cpu:/u\n3:pids:/u\n2:memory:/docker/u\n0::/\n");
        Path cpu = Files.createDirectories(root.resolve("cpu,cpuacct/u"));
        Path pids = Files.createDirectories(root.resolve("pids/u"));
        Path memory = Files.createDirectories(root.resolve("memory/u"));
        Files.writeString(
                self.resolve("mountinfo"),
                "1 2 0:1 / " + root + "/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                        + "2 2 0:2 / " + root + "/pids rw master:9 - cgroup cgroup rw,pids\n"
                        + "3 2 0:3 /docker " + root + "/memory rw - cgroup cgroup rw,memory\n"
                        + "4 2 0:4 / " + root + "/unified rw - cgroup2 cgroup2 rw\n");
        assertEquals(
                List.of(
                        new Hierarchy(false, pids, pids.resolve("lares-x"), Set.of("pids")),
                        new Hierarchy(false, cpu, cpu.resolve("lares-x"), Set.of("cpu", "cpuacct")),
                        new Hierarchy(false, memory, memory.resolve("lares-x"), Set.of("memory"))),
                find(false, false).used(false));
    }

    @Test
    void shouldRefuseLimitsWithReasonAndRemedy() throws Exception {
        Files.writeString(self.resolve("cgroup"), "0::/\n");
        Files.writeString(self.resolve("mountinfo"), "");
        Cgroups none = new Cgroups(find(false, false));
        assertEquals(3, none.missing(ALL).size());
        RefusedException refused =
                assertThrows(RefusedException.class, () -> none.make(Label.of("a"), RunId.of(1), ALL, note -> {}));
        assertEquals(
                "the memory limit cannot be enforced: no control groups are mounted; mount cgroup2 at /sys/fs/cgroup",
                refused.getMessage());
    }
}
