package org.lares.xpc.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.ArrayList;
import java.util.List;

/**
 * A process to be (posix_spawn(3)): in a session and a process group of its own, with all signals at their default and
 * none blocked, and with no descriptors but those named here. What is named is done in the order of the calls.
 *
 * <p>Not thread-safe. Needs glibc 2.34 or later.
 */
public final class Spawn {
    /** Flags of open(2). */
    public static final int READ = 0;

    public static final int READ_WRITE = 2;
    public static final int APPEND = 1 | 0x40 | 0x400;
    public static final int APPEND_EXISTING = 1 | 0x400;

    private static final short SETSIGDEF = 0x04;
    private static final short SETSIGMASK = 0x08;
    private static final short SETSID = 0x80;
    // Opaque structs: glibc has 336, 80 and 128 bytes on 64 bit machines.
    private static final int OPAQUE_BYTES = 512;

    private final String program;
    private final List<String> arguments;
    private final List<String> environment;
    private final List<Action> actions = new ArrayList<>();

    private sealed interface Action {
        record Directory(String path) implements Action {}

        record Open(int fd, String path, int flags, int mode) implements Action {}

        record Give(Pipe pipe, int fd) implements Action {}
    }

    /**
     * @param program absolute path
     * @param arguments with argument 0
     * @param environment {@code NAME=value} each, and nothing else reaches the process
     */
    public Spawn(String program, List<String> arguments, List<String> environment) {
        this.program = program;
        this.arguments = List.copyOf(arguments);
        this.environment = List.copyOf(environment);
    }

    /** Its working directory; relative paths opened afterwards start there. */
    public Spawn directory(String path) {
        actions.add(new Action.Directory(path));
        return this;
    }

    /** Opens a file in the new process as that descriptor. */
    public Spawn open(int fd, String path, int flags, int mode) {
        actions.add(new Action.Open(fd, path, flags, mode));
        return this;
    }

    /** Gives it the write end of a pipe as that descriptor. */
    public Spawn give(Pipe pipe, int fd) {
        actions.add(new Action.Give(pipe, fd));
        return this;
    }

    /**
     * Starts it. All or nothing: where any part fails no process is left.
     *
     * @param descriptors how many it has; all from this number on are closed in it
     * @return a hold on it; the caller reaps it
     */
    public Pidfd start(int descriptors) throws PosixException {
        try (Memory files = new Memory(OPAQUE_BYTES);
                Memory attributes = new Memory(OPAQUE_BYTES)) {
            check("posix_spawn_file_actions_init", LibC.posix_spawn_file_actions_init(files));
            try {
                check("posix_spawnattr_init", LibC.posix_spawnattr_init(attributes));
                try {
                    fill(attributes);
                    return start(files, attributes, descriptors);
                } finally {
                    int ignored = LibC.posix_spawnattr_destroy(attributes);
                }
            } finally {
                int ignored = LibC.posix_spawn_file_actions_destroy(files);
            }
        }
    }

    private static void fill(Memory attributes) throws PosixException {
        try (Memory set = new Memory(OPAQUE_BYTES)) {
            set.clear();
            check("sigemptyset", LibC.sigemptyset(set));
            check("posix_spawnattr_setsigmask", LibC.posix_spawnattr_setsigmask(attributes, set));
            // Not sigfillset(3): it spares the two signals that glibc keeps for itself, and would leave them ignored.
            set.setMemory(0, set.size(), (byte) 0xff);
            check("posix_spawnattr_setsigdefault", LibC.posix_spawnattr_setsigdefault(attributes, set));
            short flags = (short) (SETSIGDEF | SETSIGMASK | SETSID);
            check("posix_spawnattr_setflags", LibC.posix_spawnattr_setflags(attributes, flags));
        }
    }

    private Pidfd start(Memory files, Memory attributes, int descriptors) throws PosixException {
        List<Memory> strings = new ArrayList<>();
        try (Memory argv = vector(arguments, strings);
                Memory envp = vector(environment, strings);
                Memory pid = new Memory(4)) {
            for (Action action : actions) {
                add(files, action, strings);
            }
            check(
                    "posix_spawn_file_actions_addclosefrom_np",
                    LibC.posix_spawn_file_actions_addclosefrom_np(files, descriptors));
            Memory path = keep(strings, program);
            check("posix_spawn", LibC.posix_spawn(pid, path, files, attributes, argv, envp));
            return hold(pid.getInt(0));
        } finally {
            strings.forEach(Memory::close);
        }
    }

    private static Pidfd hold(int pid) throws PosixException {
        PosixException failure;
        try {
            return Pidfd.open(pid).orElseThrow(() -> new PosixException("pidfd_open", LibC.ESRCH));
        } catch (PosixException e) {
            failure = e;
        }
        Pidfd.destroy(pid);
        throw failure;
    }

    private static void add(Memory files, Action action, List<Memory> strings) throws PosixException {
        if (action instanceof Action.Directory directory) {
            check(
                    "posix_spawn_file_actions_addchdir_np",
                    LibC.posix_spawn_file_actions_addchdir_np(files, keep(strings, directory.path())));
        } else if (action instanceof Action.Open open) {
            Memory path = keep(strings, open.path());
            check(
                    "posix_spawn_file_actions_addopen",
                    LibC.posix_spawn_file_actions_addopen(files, open.fd(), path, open.flags(), open.mode()));
        } else if (action instanceof Action.Give give) {
            check(
                    "posix_spawn_file_actions_adddup2",
                    LibC.posix_spawn_file_actions_adddup2(files, give.pipe().writeEnd(), give.fd()));
        }
    }

    private static Memory keep(List<Memory> strings, String value) {
        Memory string = LibC.cString(value);
        strings.add(string);
        return string;
    }

    private static Memory vector(List<String> values, List<Memory> strings) {
        Memory vector = new Memory((values.size() + 1L) * Native.POINTER_SIZE);
        for (int i = 0; i < values.size(); i++) {
            vector.setPointer((long) i * Native.POINTER_SIZE, keep(strings, values.get(i)));
        }
        vector.setPointer((long) values.size() * Native.POINTER_SIZE, null);
        return vector;
    }

    /** These functions return the error instead of setting errno; those that do neither return 0. */
    private static void check(String function, int error) throws PosixException {
        if (error != 0) {
            throw new PosixException(function, error);
        }
    }
}
