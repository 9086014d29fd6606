package org.lares.xpc.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Who this process is, who users are, and a word to the one that started it. Thread-safe. */
public final class Posix {
    /** Read once: no process outlives a boot. */
    private static volatile String bootId;

    private static final int PRIO_PROCESS = 0;
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int SUN_PATH_BYTES = 108;
    private static final int FIRST_BUFFER_BYTES = 4096;
    private static final int LAST_BUFFER_BYTES = 1 << 20;

    private Posix() {}

    /** An entry of the user database. */
    public record User(String name, long uid, long gid, String home, String shell) {}

    /** An entry of the group database. */
    public record Group(String name, long gid) {}

    /** The effective user id of this process. */
    public static long uid() {
        return Integer.toUnsignedLong(LibC.geteuid());
    }

    /** The effective group id of this process. */
    public static long gid() {
        return Integer.toUnsignedLong(LibC.getegid());
    }

    /** The nice value of the calling thread, -20 to 19; what it spawns inherits it. */
    public static int nice() throws PosixException {
        int nice = LibC.getpriority(PRIO_PROCESS, 0);
        int error = LibC.error();
        if (nice == -1 && error != 0) {
            throw new PosixException("getpriority", error);
        }
        return nice;
    }

    /**
     * {@code /proc/sys/kernel/random/boot_id}: changes with each boot of the machine. Needs no native code.
     *
     * @throws IOException if {@code /proc} is not there
     */
    public static String bootId() throws IOException {
        String known = bootId;
        if (known == null) {
            known = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            bootId = known;
        }
        return known;
    }

    /**
     * Looks up a user, by all sources that the machine is set up for.
     *
     * @param nameOrNumber a name goes before a number of the same digits
     * @return empty if there is none
     */
    public static Optional<User> user(String nameOrNumber) throws PosixException {
        try (Memory name = LibC.cString(nameOrNumber)) {
            Optional<User> user = entry(
                    "getpwnam_r",
                    (entry, buffer, length, result) -> LibC.getpwnam_r(name, entry, buffer, length, result),
                    Posix::userOf);
            Optional<Integer> number = number(nameOrNumber);
            return user.isPresent() || number.isEmpty() ? user : user(number.get());
        }
    }

    private static Optional<User> user(int uid) throws PosixException {
        return entry(
                "getpwuid_r",
                (entry, buffer, length, result) -> LibC.getpwuid_r(uid, entry, buffer, length, result),
                Posix::userOf);
    }

    /** The user this process runs as; empty if the database does not know it. */
    public static Optional<User> self() throws PosixException {
        return user(LibC.geteuid());
    }

    /**
     * Looks up a group.
     *
     * @param nameOrNumber a name goes before a number of the same digits
     * @return empty if there is none
     */
    public static Optional<Group> group(String nameOrNumber) throws PosixException {
        try (Memory name = LibC.cString(nameOrNumber)) {
            Optional<Group> group = entry(
                    "getgrnam_r",
                    (entry, buffer, length, result) -> LibC.getgrnam_r(name, entry, buffer, length, result),
                    Posix::groupOf);
            Optional<Integer> gid = number(nameOrNumber);
            if (group.isPresent() || gid.isEmpty()) {
                return group;
            }
            return entry(
                    "getgrgid_r",
                    (entry, buffer, length, result) -> LibC.getgrgid_r(gid.get(), entry, buffer, length, result),
                    Posix::groupOf);
        }
    }

    private static Optional<Integer> number(String text) {
        try {
            return Optional.of(Integer.parseUnsignedInt(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    @FunctionalInterface
    private interface Lookup {
        int call(Pointer entry, Pointer buffer, long length, Pointer result);
    }

    @FunctionalInterface
    private interface Reader<T> {
        T read(Pointer entry);
    }

    private static <T> Optional<T> entry(String function, Lookup lookup, Reader<T> reader) throws PosixException {
        try (Memory entry = new Memory(64);
                Memory result = new Memory(Native.POINTER_SIZE)) {
            for (int length = FIRST_BUFFER_BYTES; ; length *= 2) {
                try (Memory buffer = new Memory(length)) {
                    int error = lookup.call(entry, buffer, length, result);
                    if (error == 0) {
                        return result.getPointer(0) == null ? Optional.empty() : Optional.of(reader.read(entry));
                    }
                    if (error != LibC.ERANGE || length >= LAST_BUFFER_BYTES) {
                        throw new PosixException(function, error);
                    }
                }
            }
        }
    }

    private static User userOf(Pointer entry) {
        return new User(
                text(entry, 0),
                Integer.toUnsignedLong(entry.getInt(16)),
                Integer.toUnsignedLong(entry.getInt(20)),
                text(entry, 32),
                text(entry, 40));
    }

    private static Group groupOf(Pointer entry) {
        return new Group(text(entry, 0), Integer.toUnsignedLong(entry.getInt(16)));
    }

    private static String text(Pointer entry, long offset) {
        return entry.getPointer(offset).getString(0, "UTF-8");
    }

    /**
     * Tells the service manager that started this process (sd_notify(3)): {@code READY=1}, {@code STOPPING=1},
     * {@code STATUS=...}; several lines at once are allowed.
     *
     * @return false if no manager asked for it: {@code NOTIFY_SOCKET} is not set
     * @throws PosixException if the manager does not take it
     * @throws IllegalArgumentException if {@code NOTIFY_SOCKET} is no path of a Unix socket
     */
    public static boolean notify(String state) throws PosixException {
        String socket = System.getenv("NOTIFY_SOCKET");
        if (socket == null || socket.isEmpty()) {
            return false;
        }
        notify(socket, state);
        return true;
    }

    static void notify(String socket, String state) throws PosixException {
        byte[] path = socket.getBytes(StandardCharsets.UTF_8);
        if ((path[0] != '/' && path[0] != '@') || path.length >= SUN_PATH_BYTES) {
            throw new IllegalArgumentException("cannot notify \"" + socket
                    + "\": not the address of a Unix socket; set NOTIFY_SOCKET to an absolute path or @name of at most "
                    + (SUN_PATH_BYTES - 1) + " bytes");
        }
        if (path[0] == '@') {
            path[0] = 0;
        }
        byte[] data = state.getBytes(StandardCharsets.UTF_8);
        int fd = LibC.socket(AF_UNIX, SOCK_DGRAM | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            throw LibC.failure("socket");
        }
        try (Memory address = new Memory(2L + SUN_PATH_BYTES);
                Memory message = new Memory(Math.max(1, data.length))) {
            address.clear();
            address.setShort(0, (short) AF_UNIX);
            address.write(2, path, 0, path.length);
            message.write(0, data, 0, data.length);
            if (LibC.sendto(fd, message, data.length, MSG_NOSIGNAL, address, 2 + path.length) < 0) {
                throw LibC.failure("sendto");
            }
        } finally {
            LibC.closeQuietly(fd);
        }
    }
}
