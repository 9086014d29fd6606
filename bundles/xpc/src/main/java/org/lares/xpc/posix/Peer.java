package org.lares.xpc.posix;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.util.OptionalLong;

/**
 * Who is at the other end of a Unix domain socket, in the words of the kernel: the process that called connect(2), or
 * listen(2) for a client's view of its server, with the effective ids it had then (unix(7): SO_PEERCRED).
 *
 * @param pid in our pid namespace; empty if the process has none there. It may have ended and its number been given away
 */
public record Peer(long uid, long gid, OptionalLong pid) {
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /**
     * Asks the kernel. Any thread, a few microseconds; the first call in a process loads JNA (about 100 ms).
     *
     * @param channel connected, of the protocol family UNIX
     * @throws IOException if the kernel cannot be asked: nobody is then to be trusted with anything
     */
    public static Peer of(SocketChannel channel) throws IOException {
        int[] credentials = new int[3];
        int[] size = {credentials.length * Integer.BYTES};
        try {
            if (LibC.getsockopt(descriptor(channel), SOL_SOCKET, SO_PEERCRED, credentials, size) != 0) {
                throw new IOException("cannot identify the peer: "
                        + LibC.failure("getsockopt").getMessage());
            }
        } catch (LinkageError e) {
            throw new IOException(
                    "cannot identify the peer: JNA does not load (" + e + "); put com.sun.jna beside this bundle", e);
        }
        if (size[0] != credentials.length * Integer.BYTES || credentials[1] == -1) {
            throw new IOException("cannot identify the peer: the channel is no connected Unix domain socket");
        }
        int pid = credentials[0];
        return new Peer(
                Integer.toUnsignedLong(credentials[1]),
                Integer.toUnsignedLong(credentials[2]),
                pid == 0 ? OptionalLong.empty() : OptionalLong.of(pid));
    }

    @Override
    public String toString() {
        return "uid " + uid + (pid.isPresent() ? " (pid " + pid.getAsLong() + ")" : "");
    }

    private static int descriptor(SocketChannel channel) throws IOException {
        try {
            Method number = channel.getClass().getMethod("getFDVal");
            number.setAccessible(true);
            return (int) number.invoke(channel);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IOException(
                    "cannot identify the peer: its descriptor is out of reach (" + e
                            + "); start Java with --add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                    e);
        }
    }
}
