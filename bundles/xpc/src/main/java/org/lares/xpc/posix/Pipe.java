package org.lares.xpc.posix;

import com.sun.jna.Memory;

/** A pipe whose write end is for a child process. No thread waits in it: the read end does not block. */
public final class Pipe implements AutoCloseable {
    private static final int F_SETFL = 4;

    private int readEnd;
    private int writeEnd;

    public Pipe() throws PosixException {
        try (Memory ends = new Memory(8)) {
            if (LibC.pipe2(ends, LibC.O_CLOEXEC) != 0) {
                throw LibC.failure("pipe2");
            }
            readEnd = ends.getInt(0);
            writeEnd = ends.getInt(4);
        }
        if (LibC.fcntl(readEnd, F_SETFL, LibC.O_NONBLOCK) != 0) {
            PosixException failure = LibC.failure("fcntl");
            close();
            throw failure;
        }
    }

    synchronized int readEnd() {
        return readEnd;
    }

    synchronized int writeEnd() {
        return writeEnd;
    }

    /** To be called once the child has it; without that the end is never seen. */
    public synchronized void closeWriteEnd() {
        if (writeEnd >= 0) {
            LibC.closeQuietly(writeEnd);
            writeEnd = -1;
        }
    }

    /**
     * Reads what is there.
     *
     * @param most bytes at once
     * @return null if nothing is there yet; an empty array at the end
     */
    public synchronized byte[] read(int most) throws PosixException {
        try (Memory buffer = new Memory(most)) {
            long count = LibC.read(readEnd, buffer, most);
            if (count >= 0) {
                return buffer.getByteArray(0, (int) count);
            }
            int error = LibC.error();
            if (error == LibC.EAGAIN || error == LibC.EINTR) {
                return null;
            }
            throw new PosixException("read", error);
        }
    }

    @Override
    public synchronized void close() {
        closeWriteEnd();
        if (readEnd >= 0) {
            LibC.closeQuietly(readEnd);
            readEnd = -1;
        }
    }
}
