package org.lares.xpc.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * The C library, mapped directly. Variadic functions are declared with the arguments that are used: on Linux, for x86-64
 * and aarch64, such a call is passed like any other. Numbers are those of Linux, which both architectures share.
 */
final class LibC {
    static {
        Native.register(LibC.class, Platform.C_LIBRARY_NAME);
    }

    static final int EPERM = 1;
    static final int ESRCH = 3;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int ECHILD = 10;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int ERANGE = 34;
    static final int ENOSYS = 38;

    static final int O_CLOEXEC = 0x80000;
    static final int O_NONBLOCK = 0x800;

    static final long SYS_PIDFD_SEND_SIGNAL = 424;
    static final long SYS_PIDFD_OPEN = 434;

    private LibC() {}

    static native int geteuid();

    static native int getegid();

    static native int getpriority(int which, int who);

    static native int kill(int pid, int signal);

    static native int close(int fd);

    static native int pipe2(Pointer fds, int flags);

    static native int fcntl(int fd, int command, long argument);

    static native long read(int fd, Pointer buffer, long length);

    static native int eventfd(int initial, int flags);

    static native int eventfd_write(int fd, long value);

    static native int eventfd_read(int fd, Pointer value);

    static native int epoll_create1(int flags);

    static native int epoll_ctl(int epoll, int operation, int fd, Pointer event);

    static native int epoll_wait(int epoll, Pointer events, int most, int timeoutMillis);

    static native int getsockopt(int socket, int level, int option, int[] value, int[] size);

    static native int getrusage(int who, Pointer usage);

    static native int wait4(int pid, Pointer status, int options, Pointer usage);

    static native int ioctl(int fd, long request, Pointer argument);

    static native long syscall(long number, long a, long b, long c, long d);

    static native int getpwnam_r(Pointer name, Pointer entry, Pointer buffer, long length, Pointer result);

    static native int getpwuid_r(int uid, Pointer entry, Pointer buffer, long length, Pointer result);

    static native int getgrnam_r(Pointer name, Pointer entry, Pointer buffer, long length, Pointer result);

    static native int getgrgid_r(int gid, Pointer entry, Pointer buffer, long length, Pointer result);

    static native int socket(int domain, int type, int protocol);

    static native long sendto(int fd, Pointer data, long length, int flags, Pointer address, int addressLength);

    static native int posix_spawn(
            Pointer pid, Pointer path, Pointer actions, Pointer attributes, Pointer argv, Pointer envp);

    static native int posix_spawnattr_init(Pointer attributes);

    static native int posix_spawnattr_destroy(Pointer attributes);

    static native int posix_spawnattr_setflags(Pointer attributes, short flags);

    static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer set);

    static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer set);

    static native int posix_spawn_file_actions_init(Pointer actions);

    static native int posix_spawn_file_actions_destroy(Pointer actions);

    static native int posix_spawn_file_actions_addopen(Pointer actions, int fd, Pointer path, int flags, int mode);

    static native int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

    static native int posix_spawn_file_actions_addchdir_np(Pointer actions, Pointer path);

    static native int posix_spawn_file_actions_addclosefrom_np(Pointer actions, int from);

    static native int sigemptyset(Pointer set);

    static native Pointer strerror(int error);

    /** The error of the last call on this thread. */
    static int error() {
        return Native.getLastError();
    }

    static PosixException failure(String function) {
        return new PosixException(function, error());
    }

    /** A string as the kernel takes it; freed with the memory. */
    static Memory cString(String value) {
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a string for the kernel cannot hold a NUL character");
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        Memory memory = new Memory(bytes.length + 1L);
        memory.write(0, bytes, 0, bytes.length);
        memory.setByte(bytes.length, (byte) 0);
        return memory;
    }

    static void closeQuietly(int fd) {
        // The descriptor is free after close(2) even where it reports an error, and none of ours has data to lose.
        int ignored = close(fd);
    }
}
