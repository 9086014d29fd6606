package org.lares.xpc.posix;

import com.sun.jna.Memory;
import java.time.Duration;
import java.util.Optional;

/**
 * Holds on to one process: whatever is done through it never hits another one that got the same number later.
 *
 * <p>Thread-safe. After {@link #close()} nothing is done any more: signals report the process as ended.
 */
public final class Pidfd implements AutoCloseable {
    private static final int WNOHANG = 1;
    private static final int RUSAGE_BYTES = 144;
    private static final int PEAK_OFFSET = 32;
    private static final int PROCESS_GROUP = 4;
    private static final long GET_INFO = 0xC040FF0BL;
    private static final int INFO_BYTES = 64;
    private static final int INFO_EXIT = 8;
    private static final int INFO_EXIT_OFFSET = 60;

    private final long pid;
    private final int fd;
    private boolean closed;

    private Pidfd(long pid, int fd) {
        this.pid = pid;
        this.fd = fd;
    }

    /**
     * Takes hold of a process, also of a dead one that nobody has waited for yet. The caller checks afterwards that it is
     * the one that was meant.
     *
     * @return empty if there is none with this number, or the number is that of a mere thread
     */
    public static Optional<Pidfd> open(long pid) throws PosixException {
        int fd = (int) LibC.syscall(LibC.SYS_PIDFD_OPEN, pid, 0, 0, 0);
        if (fd >= 0) {
            return Optional.of(new Pidfd(pid, fd));
        }
        int error = LibC.error();
        if (error == LibC.ESRCH || error == LibC.EINVAL) {
            return Optional.empty();
        }
        throw new PosixException("pidfd_open", error);
    }

    public long pid() {
        return pid;
    }

    int fd() {
        return fd;
    }

    /**
     * Sends a signal to the process alone.
     *
     * @return false if it has ended and was waited for
     */
    public synchronized boolean signal(int signal) throws PosixException {
        return !closed && send(signal, 0);
    }

    /**
     * Sends a signal to all of the process group that has this process' number; 0 only asks whether there is one. Works
     * after the leader is gone too. Kernels before 6.9 can only do it by number: there, ask only while the leader is not
     * waited for or a member is known to be alive, either of which keeps the number taken.
     *
     * @return false if the group is empty
     */
    public synchronized boolean signalGroup(int signal) throws PosixException {
        if (closed) {
            return false;
        }
        try {
            return send(signal, PROCESS_GROUP);
        } catch (PosixException e) {
            if (e.error() != LibC.EINVAL) {
                throw e;
            }
        }
        if (LibC.kill((int) -pid, signal) == 0) {
            return true;
        }
        int error = LibC.error();
        if (error == LibC.ESRCH) {
            return false;
        }
        throw new PosixException("kill", error);
    }

    private boolean send(int signal, int flags) throws PosixException {
        if (LibC.syscall(LibC.SYS_PIDFD_SEND_SIGNAL, fd, signal, 0, flags) == 0) {
            return true;
        }
        int error = LibC.error();
        if (error == LibC.ESRCH) {
            return false;
        }
        throw new PosixException("pidfd_send_signal", error);
    }

    /**
     * Waits for the process if it is a dead child of this one, without blocking; its number is free afterwards.
     *
     * @return empty if it is alive, or no child, or was waited for already
     */
    public synchronized Optional<Exit> reap() throws PosixException {
        if (closed) {
            return Optional.empty();
        }
        try (Memory status = new Memory(4);
                Memory usage = new Memory(RUSAGE_BYTES)) {
            int result;
            do {
                result = LibC.wait4((int) pid, status, WNOHANG, usage);
            } while (result < 0 && LibC.error() == LibC.EINTR);
            if (result == 0) {
                return Optional.empty();
            }
            if (result < 0) {
                int error = LibC.error();
                if (error == LibC.ECHILD) {
                    return Optional.empty();
                }
                throw new PosixException("wait4", error);
            }
            Duration cpu = Duration.ofSeconds(usage.getLong(0) + usage.getLong(16))
                    .plusNanos(1000 * (usage.getLong(8) + usage.getLong(24)));
            long peak = usage.getLong(PEAK_OFFSET) * 1024;
            // A spawned process begins in the memory of the one that spawns it, and the kernel counts that as a peak of
            // its own: what is not above our own peak says nothing about the program.
            boolean own = LibC.getrusage(0, usage) == 0 && peak > usage.getLong(PEAK_OFFSET) * 1024;
            return Optional.of(Exit.ofWaitStatus(status.getInt(0), cpu, own ? peak : -1));
        }
    }

    /**
     * How the process ended, for one that somebody else waited for (PIDFD_GET_INFO, kernel 6.15 and later).
     *
     * @return empty if it was not waited for yet, or the kernel cannot tell
     */
    public synchronized Optional<Exit> recall() throws PosixException {
        if (closed) {
            return Optional.empty();
        }
        try (Memory info = new Memory(INFO_BYTES)) {
            info.clear();
            info.setLong(0, INFO_EXIT);
            if (LibC.ioctl(fd, GET_INFO, info) != 0) {
                int error = LibC.error();
                if (error == LibC.ESRCH || error == LibC.EINVAL || error == LibC.ENOTTY) {
                    return Optional.empty();
                }
                throw new PosixException("ioctl(PIDFD_GET_INFO)", error);
            }
            return (info.getLong(0) & INFO_EXIT) == 0
                    ? Optional.empty()
                    : Optional.of(Exit.ofWaitStatus(info.getInt(INFO_EXIT_OFFSET)));
        }
    }

    /** Ends a child of this process that was not waited for yet, by force, waits for it and lets go of it. */
    public synchronized void destroy() {
        if (!closed) {
            destroy((int) pid);
            close();
        }
    }

    /** Not waited for yet, so the number is still the child's. */
    static void destroy(int child) {
        int ignored = LibC.kill(child, 9);
        try (Memory status = new Memory(4)) {
            int result;
            do {
                result = LibC.wait4(child, status, 0, null);
            } while (result < 0 && LibC.error() == LibC.EINTR);
        }
    }

    /** Lets go of the process, which goes on. May be called again. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            LibC.closeQuietly(fd);
        }
    }
}
