package org.lares.sandbox;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.lares.job.Limits;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.PosixException;

/**
 * The control groups of one run, one in each hierarchy that is used, all of the same name. Whatever a member starts is a
 * member too, in whatever session, and none can leave but by root's hand.
 *
 * <p>Thread-safe: its state is the kernel's.
 */
final class Leaf implements ProcessTree {
    private static final int SIGKILL = 9;
    private static final int PERIOD_MICROS = 100_000;
    /** Each ends what the one before was still making. Without a pids controller nothing else bounds it. */
    private static final int KILLING_PASSES = 64;

    private final String name;
    /** Not empty; the first is the one whose members are asked for. */
    private final List<Hierarchy> hierarchies;

    Leaf(String name, List<Hierarchy> hierarchies) {
        this.name = name;
        this.hierarchies = List.copyOf(hierarchies);
    }

    String name() {
        return name;
    }

    /** Where its members can be asked for. */
    @Override
    public String toString() {
        return first().toString();
    }

    private Path folder(Hierarchy hierarchy) {
        return hierarchy.base().resolve(name);
    }

    private Path first() {
        return folder(hierarchies.get(0));
    }

    private Optional<Path> of(String controller) {
        return hierarchies.stream()
                .filter(hierarchy -> hierarchy.has(controller))
                .findFirst()
                .map(this::folder);
    }

    /** All or nothing. */
    void make() throws IOException {
        for (Hierarchy hierarchy : hierarchies) {
            try {
                make(hierarchy);
            } catch (IOException e) {
                remove();
                throw new IOException(
                        "its control group " + folder(hierarchy) + " could not be made: " + ControlFile.reason(e), e);
            }
        }
    }

    private void make(Hierarchy hierarchy) throws IOException {
        Path folder = folder(hierarchy);
        try {
            Files.createDirectory(folder);
        } catch (NoSuchFileException e) {
            Files.createDirectories(hierarchy.base());
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            // Of a former life; with somebody in it, it stays and this fails.
            Files.delete(folder);
            Files.createDirectory(folder);
        }
    }

    boolean present() {
        return Files.isDirectory(first());
    }

    /**
     * Removes it.
     *
     * @return whether it is gone; a member that lives, or is not waited for yet, keeps it
     */
    boolean remove() {
        boolean gone = true;
        for (Hierarchy hierarchy : hierarchies) {
            try {
                Files.deleteIfExists(folder(hierarchy));
            } catch (IOException e) {
                gone = false;
            }
        }
        return gone;
    }

    // Joining.

    /** Whether the program, or what becomes the program, has to join by itself, by {@link #joiningFiles}. */
    boolean joinedByProgram() {
        return hierarchies.get(0).unified();
    }

    /** A process with one thread is a member of all after it wrote 0 to each. */
    List<Path> joiningFiles() {
        return hierarchies.stream()
                .map(hierarchy -> folder(hierarchy).resolve(hierarchy.joiningFile()))
                .toList();
    }

    /** Makes the calling thread a member, so that what it starts is one from its beginning; version 1 only. */
    void enter() throws IOException {
        for (Path file : joiningFiles()) {
            ControlFile.write(file, "0");
        }
    }

    /** Takes the calling thread back to the rest of this process. */
    void leave() throws IOException {
        for (Hierarchy hierarchy : hierarchies) {
            ControlFile.write(hierarchy.own().resolve(hierarchy.joiningFile()), "0");
        }
    }

    // Limits.

    /**
     * Sets what must hold from the first instruction.
     *
     * @param guests threads of this process that are members meanwhile
     */
    void limit(Limits limits, int guests) throws IOException {
        Optional<Path> memory = of("memory");
        if (limits.memory().isPresent() && memory.isPresent()) {
            String bytes = Long.toString(limits.memory().getAsLong());
            boolean unified = hierarchy("memory").unified();
            ControlFile.write(memory.get().resolve(unified ? "memory.max" : "memory.limit_in_bytes"), bytes);
            // Without the second limit it would be swapped out instead of ended; kernels without swap have none.
            Path swap = memory.get().resolve(unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
            if (Files.exists(swap)) {
                ControlFile.write(swap, unified ? "0" : bytes);
            }
            if (unified) {
                ControlFile.write(memory.get().resolve("memory.oom.group"), "1");
            }
        }
        if (limits.processes().isPresent() && of("pids").isPresent()) {
            ControlFile.write(
                    of("pids").get().resolve("pids.max"),
                    Long.toString((long) limits.processes().getAsInt() + guests));
        }
        if (guests == 0) {
            limitCpu(limits);
        }
    }

    /** Sets what would have hindered the guests; they have left. */
    void limitWithoutGuests(Limits limits) throws IOException {
        if (limits.processes().isPresent() && of("pids").isPresent()) {
            ControlFile.write(
                    of("pids").get().resolve("pids.max"),
                    Integer.toString(limits.processes().getAsInt()));
        }
        limitCpu(limits);
    }

    private void limitCpu(Limits limits) throws IOException {
        Optional<Path> cpu = of("cpu");
        if (limits.cpu().isEmpty() || cpu.isEmpty()) {
            return;
        }
        long quota = Math.max(1000, Math.round(limits.cpu().getAsDouble() * PERIOD_MICROS));
        if (hierarchy("cpu").unified()) {
            ControlFile.write(cpu.get().resolve("cpu.max"), quota + " " + PERIOD_MICROS);
        } else {
            ControlFile.write(cpu.get().resolve("cpu.cfs_period_us"), Integer.toString(PERIOD_MICROS));
            ControlFile.write(cpu.get().resolve("cpu.cfs_quota_us"), Long.toString(quota));
        }
    }

    private Hierarchy hierarchy(String controller) {
        return hierarchies.stream()
                .filter(hierarchy -> hierarchy.has(controller))
                .findFirst()
                .orElseThrow();
    }

    // What became of it.

    /** How many processes the kernel ended in it for want of memory; 0 where it is not known. */
    long outOfMemory() {
        return of("memory")
                .map(folder -> ControlFile.number(
                        folder.resolve(hierarchy("memory").unified() ? "memory.events" : "memory.oom_control"),
                        "oom_kill"))
                .orElse(OptionalLong.empty())
                .orElse(0);
    }

    /** The most memory that all members had together, in bytes, the file cache with it; empty where it is not known. */
    OptionalLong peakMemory() {
        return of("memory")
                .map(folder -> ControlFile.number(
                        folder.resolve(hierarchy("memory").unified() ? "memory.peak" : "memory.max_usage_in_bytes")))
                .orElse(OptionalLong.empty());
    }

    /** User and system time of all that are or were members. */
    Optional<Duration> cpu() {
        OptionalLong nanos = of("cpuacct")
                .map(folder -> ControlFile.number(folder.resolve("cpuacct.usage")))
                .orElse(OptionalLong.empty());
        if (nanos.isPresent()) {
            return Optional.of(Duration.ofNanos(nanos.getAsLong()));
        }
        OptionalLong micros = ControlFile.number(first().resolve("cpu.stat"), "usage_usec");
        return micros.isPresent() ? Optional.of(Duration.ofNanos(1000 * micros.getAsLong())) : Optional.empty();
    }

    // Its members.

    /** The numbers of all that live in it, this process left out; some may have ended by now. */
    Set<Long> numbers() throws IOException {
        String text;
        try {
            text = ControlFile.read(first().resolve("cgroup.procs"));
        } catch (NoSuchFileException e) {
            return Set.of();
        }
        Set<Long> numbers = new LinkedHashSet<>();
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .forEach(line -> numbers.add(Long.valueOf(line)));
        // 0 stands for processes of a process name space that we do not see.
        numbers.remove(0L);
        numbers.remove(ProcessHandle.current().pid());
        return numbers;
    }

    @Override
    public List<Pidfd> members() throws IOException {
        List<Pidfd> members = new ArrayList<>();
        for (long number : numbers()) {
            Optional<Pidfd> held = Pidfd.open(number);
            if (held.isEmpty()) {
                continue;
            }
            // Held first, looked at again then: the number may have changed hands in between.
            if (belongs(number)) {
                members.add(held.get());
            } else {
                held.get().close();
            }
        }
        return members;
    }

    private boolean belongs(long number) {
        String end = "/" + hierarchies.get(0).base().getFileName() + "/" + name;
        return ProcStat.of(number).filter(stat -> !stat.dead()).isPresent()
                && ProcStat.controlGroups(number).stream().anyMatch(line -> line.endsWith(end));
    }

    /** Ends all members by force, also those that are stopped, and those that are just being made. */
    @Override
    public void kill() throws IOException {
        Path atOnce = first().resolve("cgroup.kill");
        if (Files.exists(atOnce)) {
            ControlFile.write(atOnce, "1");
            return;
        }
        if (hierarchies.get(0).has("pids") && present()) {
            ControlFile.write(first().resolve("pids.max"), "0");
        }
        PosixException failure = null;
        Set<Long> sent = new LinkedHashSet<>();
        for (int pass = 0; pass < KILLING_PASSES; pass++) {
            boolean found = false;
            for (Pidfd member : members()) {
                try (member) {
                    if (sent.add(member.pid())) {
                        found = true;
                        member.signal(SIGKILL);
                    }
                } catch (PosixException e) {
                    failure = e;
                }
            }
            if (!found) {
                break;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
