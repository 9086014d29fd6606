package org.lares.xpc;

import java.io.Closeable;
import java.io.IOException;
import org.lares.xpc.posix.Peer;

/**
 * Two processes that exchange whole messages, each way in order. A message is a value of the data model of
 * {@link org.lares.xpc.cbor}. An interrupt of a thread in {@code send} or {@code receive} closes the connection, as half
 * a message cannot be taken back.
 */
public interface Connection extends Closeable {

    /**
     * Who connected or, for a client, who listens: the kernel's word, not the other side's. A client asks the kernel at
     * its first call.
     *
     * @throws java.io.UncheckedIOException if the kernel cannot be asked (a client only; a door admits nobody unknown)
     */
    Peer peer();

    /**
     * Sends one message. Any thread. Waits while the other side does not read; no more than this message is kept.
     *
     * @throws IllegalArgumentException if it is not in the data model; nothing has been sent
     * @throws MessageTooLargeException if it is larger than a frame may be; nothing has been sent
     * @throws IOException if the connection is broken or closed
     */
    void send(Object message) throws IOException;

    /**
     * Waits for the next message. One thread at a time.
     *
     * @throws java.io.EOFException if the other side has closed the connection between two messages
     * @throws java.net.ProtocolException if it does not keep the protocol, or went away within a message
     * @throws org.lares.xpc.cbor.CborException if the message is malformed or exceeds the limits
     * @throws IOException if the connection is broken or closed; after any of these only {@link #close} makes sense
     */
    Object receive() throws IOException;

    /** Any thread, any number of times. Ends a {@code send} or {@code receive} that waits. */
    @Override
    void close() throws IOException;
}
