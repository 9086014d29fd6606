package org.lares.xpc.posix;

import com.sun.jna.Memory;
import com.sun.jna.Platform;

/**
 * Waits for many descriptors at once (epoll(7)). One thread calls {@link #await}; all else may be called by any thread,
 * also while it waits.
 *
 * <p>The owner closes it only after the waiting thread has left.
 */
public final class Epoll implements AutoCloseable {
    /** Of {@link #wake()}; others use tokens of 0 or more. */
    public static final long WOKEN = -1;

    private static final int CTL_ADD = 1;
    private static final int CTL_DEL = 2;
    private static final int IN = 1;
    private static final int MOST = 64;
    // The kernel's struct is packed on x86-64 only.
    private static final boolean PACKED = Platform.isIntel() && Platform.is64Bit();
    private static final int EVENT_BYTES = PACKED ? 12 : 16;
    private static final int TOKEN_OFFSET = PACKED ? 4 : 8;

    private final int epoll;
    private final int wake;
    private final Memory events = new Memory((long) MOST * EVENT_BYTES);

    public Epoll() throws PosixException {
        epoll = LibC.epoll_create1(LibC.O_CLOEXEC);
        if (epoll < 0) {
            throw LibC.failure("epoll_create1");
        }
        wake = LibC.eventfd(0, LibC.O_CLOEXEC | LibC.O_NONBLOCK);
        if (wake < 0) {
            PosixException failure = LibC.failure("eventfd");
            LibC.closeQuietly(epoll);
            throw failure;
        }
        try {
            add(wake, WOKEN);
        } catch (PosixException e) {
            close();
            throw e;
        }
    }

    /** From now on the end of the process is told by this token, each time until it is removed. */
    public void add(Pidfd process, long token) throws PosixException {
        add(process.fd(), token);
    }

    /** From now on data in the pipe, or its end, is told by this token, each time until it is removed. */
    public void add(Pipe pipe, long token) throws PosixException {
        add(pipe.readEnd(), token);
    }

    /** To be called before the process is let go of. */
    public void remove(Pidfd process) throws PosixException {
        remove(process.fd());
    }

    /** To be called before the pipe is closed. */
    public void remove(Pipe pipe) throws PosixException {
        remove(pipe.readEnd());
    }

    private void add(int fd, long token) throws PosixException {
        try (Memory event = new Memory(EVENT_BYTES)) {
            event.setInt(0, IN);
            event.setLong(TOKEN_OFFSET, token);
            if (LibC.epoll_ctl(epoll, CTL_ADD, fd, event) != 0) {
                throw LibC.failure("epoll_ctl");
            }
        }
    }

    private void remove(int fd) throws PosixException {
        try (Memory event = new Memory(EVENT_BYTES)) {
            if (LibC.epoll_ctl(epoll, CTL_DEL, fd, event) != 0) {
                throw LibC.failure("epoll_ctl");
            }
        }
    }

    /**
     * Waits until something is to be told.
     *
     * @param millis the longest wait; negative for no limit
     * @return the tokens, {@link #WOKEN} among them after a wake; empty after the time
     */
    public long[] await(long millis) throws PosixException {
        int timeout = millis < 0 ? -1 : (int) Math.min(millis, Integer.MAX_VALUE);
        int count = LibC.epoll_wait(epoll, events, MOST, timeout);
        if (count < 0) {
            int error = LibC.error();
            if (error == LibC.EINTR) {
                return new long[0];
            }
            throw new PosixException("epoll_wait", error);
        }
        long[] tokens = new long[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = events.getLong((long) i * EVENT_BYTES + TOKEN_OFFSET);
            if (tokens[i] == WOKEN) {
                drain();
            }
        }
        return tokens;
    }

    /** Makes the waiting thread return, or the next one that waits. */
    public void wake() {
        // Fails only if so many wakes are pending that the counter is full: then it is awake anyway.
        int ignored = LibC.eventfd_write(wake, 1);
    }

    private void drain() {
        try (Memory value = new Memory(8)) {
            int ignored = LibC.eventfd_read(wake, value);
        }
    }

    @Override
    public void close() {
        LibC.closeQuietly(wake);
        LibC.closeQuietly(epoll);
        events.close();
    }
}
