package org.lares.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.lares.job.Limits;
import org.lares.job.Work.ProgramWork;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Pipe;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;
import org.lares.xpc.posix.Spawn;

/**
 * From a run's definition to its process: what is prepared, the control groups, what the process is given. {@link #start}
 * is for the spawner's thread, {@link #obstacles} for any.
 */
final class ProgramStart {
    private final Cgroups cgroups;
    /** Who the container is, looked up once: it stays who it is. Belongs to the spawner's thread. */
    private Account account;

    ProgramStart(Cgroups cgroups) {
        this.cgroups = cgroups;
    }

    /** What would keep the program from being started, as far as can be seen from outside; empty if nothing. */
    List<String> obstacles(ProgramWork work) throws PosixException, RefusedException {
        Account container = Account.ofContainer();
        Preparation preparation = Preparation.of(work, container);
        OptionalInt files = files(work.limits(), container, note -> {});
        List<String> missing = cgroups.missing(work.limits());
        if (!missing.isEmpty() && !work.limits().advisory()) {
            return List.of(missing.get(0));
        }
        Command.of(work, preparation, work.environment(), files, List.of());
        return List.of();
    }

    /**
     * Starts the process of a run and has the run begin.
     *
     * @throws RefusedException if it cannot be started as it is defined; nothing of it is left then
     */
    void start(ProgramRun run, Reaper owner) throws IOException, RefusedException {
        Launch launch = run.launch();
        ProgramWork work = (ProgramWork) launch.spec().work();
        if (account == null) {
            account = Account.ofContainer();
        }
        Preparation preparation = Preparation.of(work, account);
        OptionalInt files = files(work.limits(), account, run::note);
        Optional<Leaf> leaf = cgroups.make(launch.spec().label(), launch.run(), work.limits(), run::note);
        leaf.ifPresent(run::in);
        boolean given = false;
        try {
            start(run, owner, work, preparation, files, leaf);
            given = true;
        } finally {
            if (!given) {
                leaf.ifPresent(cgroups::release);
            }
        }
    }

    private static OptionalInt files(Limits limits, Account container, Consumer<String> note) throws RefusedException {
        if (limits.files().isEmpty()) {
            return limits.files();
        }
        Optional<String> obstacle = OpenFiles.obstacle(limits.files().getAsInt(), container);
        if (obstacle.isPresent() && !limits.advisory()) {
            throw new RefusedException(List.of(obstacle.get()));
        }
        obstacle.ifPresent(note);
        return obstacle.isPresent() ? OptionalInt.empty() : limits.files();
    }

    private static void start(
            ProgramRun run,
            Reaper owner,
            ProgramWork work,
            Preparation preparation,
            OptionalInt files,
            Optional<Leaf> leaf)
            throws IOException, RefusedException {
        Launch launch = run.launch();
        Map<String, String> environment =
                JobEnvironment.of(launch.domain(), launch.spec().label(), launch.run(), work, preparation);
        List<Path> joining =
                leaf.filter(Leaf::joinedByProgram).map(Leaf::joiningFiles).orElse(List.of());
        Command command = Command.of(work, preparation, environment, files, joining);
        String bootId = Posix.bootId();
        Spawn spawn = new Spawn(
                command.executable().toString(), command.arguments(), JobEnvironment.strings(command.environment()));
        if (command.chained()) {
            Pipe status = new Pipe();
            boolean given = false;
            try {
                spawn.give(status, Command.STATUS);
                spawn.directory("/");
                spawn.open(0, "/dev/null", Spawn.READ, 0);
                log(spawn, launch, 1, work.standardOut().isPresent());
                log(spawn, launch, Command.WAITING_ERROR, work.standardError().isPresent());
                Pidfd process = start(spawn, 4, preparation, leaf, work.limits());
                status.closeWriteEnd();
                watch(process, () -> run.beginSetUp(owner, process, identity(process, bootId), status));
                given = true;
            } finally {
                if (!given) {
                    status.close();
                }
            }
        } else {
            spawn.directory(work.workingDirectory().map(Object::toString).orElse("/"));
            spawn.open(0, work.standardIn().map(Object::toString).orElse("/dev/null"), Spawn.READ, 0);
            output(spawn, launch, 1, work.standardOut());
            output(spawn, launch, 2, work.standardError());
            Pidfd process = start(spawn, 3, preparation, leaf, work.limits());
            watch(process, () -> run.begin(owner, process, identity(process, bootId), true));
        }
    }

    @FunctionalInterface
    private interface Beginning {
        void begin() throws IOException;
    }

    /** What cannot be watched must not run. */
    private static void watch(Pidfd process, Beginning beginning) throws IOException {
        boolean begun = false;
        try {
            beginning.begin();
            begun = true;
        } finally {
            if (!begun) {
                process.destroy();
            }
        }
    }

    private static void output(Spawn spawn, Launch launch, int fd, Optional<Path> path) {
        if (path.isPresent()) {
            spawn.open(fd, path.get().toString(), Spawn.APPEND, 0666);
        } else {
            log(spawn, launch, fd, false);
        }
    }

    private static void log(Spawn spawn, Launch launch, int fd, boolean elsewhere) {
        if (elsewhere) {
            spawn.open(fd, "/dev/null", Spawn.READ_WRITE, 0);
        } else {
            spawn.open(fd, launch.log().toString(), Spawn.APPEND, 0600);
        }
    }

    /** In its control groups from its first instruction on. */
    private static Pidfd start(
            Spawn spawn, int descriptors, Preparation preparation, Optional<Leaf> leaf, Limits limits)
            throws IOException, RefusedException {
        Optional<Leaf> entered = leaf.filter(groups -> !groups.joinedByProgram());
        if (entered.isEmpty()) {
            return start(spawn, descriptors, preparation);
        }
        Leaf groups = entered.get();
        Pidfd process = null;
        boolean limited = false;
        try {
            process = startIn(groups, spawn, descriptors, preparation);
            groups.limitWithoutGuests(limits);
            limited = true;
            return process;
        } catch (IOException e) {
            throw new RefusedException(
                    "its control group could not be used: " + e.getMessage(),
                    "give this container the right to it, or run it as a user who has it");
        } finally {
            if (process != null && !limited) {
                process.destroy();
                groups.kill();
            }
        }
    }

    private static Pidfd startIn(Leaf groups, Spawn spawn, int descriptors, Preparation preparation)
            throws IOException, RefusedException {
        Pidfd process = null;
        boolean left = false;
        try {
            groups.enter();
            process = start(spawn, descriptors, preparation);
        } finally {
            try {
                groups.leave();
                left = true;
            } finally {
                if (process != null && !left) {
                    process.destroy();
                    groups.kill();
                }
            }
        }
        return process;
    }

    private static Pidfd start(Spawn spawn, int descriptors, Preparation preparation) throws RefusedException {
        try {
            return spawn.start(descriptors);
        } catch (PosixException e) {
            throw new RefusedException(
                    preparation.program() + " could not be started: " + e.getMessage(), remedy(e.error()));
        }
    }

    private static String remedy(int error) {
        return switch (error) {
            case 2 -> "if it is there, what it was linked to be loaded by is not: see readelf -l";
            case 7 -> "its arguments and environment together are too long";
            case 8 -> "it is neither made for this machine nor a script whose first line names its interpreter with #!";
            case 11, 12 -> "the container may make no more processes: see ulimit -u and the memory";
            case 13 -> "the container's user has no right to it, its folder or one of its files";
            case 23, 24 -> "too many files are open: raise the container's limit (ulimit -n)";
            case 26 -> "it is just being written";
            default -> "see that its program, folder and files are in order";
        };
    }

    private static ProcessIdentity identity(Pidfd process, String bootId) {
        // Not waited for yet, so it is there even if it is dead.
        ProcStat stat = ProcStat.of(process.pid()).orElseThrow();
        return new ProcessIdentity(process.pid(), stat.startTicks(), bootId);
    }
}
