package org.lares.xpc.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerTest {

    @Test
    void shouldNameBothEnds(@TempDir Path folder) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        Object uid = Files.getAttribute(folder, "unix:uid");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address);
            try (SocketChannel client = SocketChannel.open(address);
                    SocketChannel server = listener.accept()) {
                for (SocketChannel end : new SocketChannel[] {client, server}) {
                    Peer peer = Peer.of(end);
                    assertEquals(((Number) uid).longValue(), peer.uid());
                    assertEquals(ProcessHandle.current().pid(), peer.pid().orElseThrow());
                }
            }
        }
    }

    @Test
    void shouldNameNobodyWhereTheKernelDoesNot() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel client = SocketChannel.open(listener.getLocalAddress());
                    SocketChannel server = listener.accept()) {
                assertThrows(IOException.class, () -> Peer.of(client));
                assertThrows(IOException.class, () -> Peer.of(server));
            }
        }
        SocketChannel closed = SocketChannel.open(StandardProtocolFamily.UNIX);
        closed.close();
        assertThrows(IOException.class, () -> Peer.of(closed));
    }
}
