package org.lares.shell.karaf;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import org.lares.xpc.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends for the threads of a session, which get interrupted: Ctrl-C must end a command, and would close the connection
 * if it hit a thread that sends. Keeps at most 16 messages. Its own thread ends after the exit message, or when the
 * client has gone; then it closes the connection.
 */
final class WireSender implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(WireSender.class);
    private static final int MOST = 16;

    private final Connection connection;
    private final Queue<Map<String, Object>> waiting = new ArrayDeque<>();
    private boolean ended;

    private WireSender(Connection connection) {
        this.connection = connection;
    }

    static WireSender start(Connection connection) {
        WireSender sender = new WireSender(connection);
        Thread thread = new Thread(sender, "lares-shell output of " + connection.peer());
        thread.setDaemon(true);
        thread.start();
        return sender;
    }

    /**
     * Hands over one message; waits while there are many.
     *
     * @throws IOException if the client has gone
     */
    synchronized void send(Map<String, Object> message) throws IOException {
        while (waiting.size() >= MOST && !ended) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for the client to read");
            }
        }
        if (ended) {
            throw new IOException("the client has gone");
        }
        waiting.add(message);
        notifyAll();
    }

    /** The last message; never waits. Nothing is sent after it. */
    synchronized void exit(int status) {
        waiting.add(Map.of("exit", (long) status));
        notifyAll();
    }

    /** Gives up what waits. */
    synchronized void end() {
        ended = true;
        waiting.clear();
        notifyAll();
    }

    @Override
    public void run() {
        try (connection) {
            for (Map<String, Object> message = next(); message != null; message = next()) {
                connection.send(message);
                if (message.containsKey("exit")) {
                    return;
                }
            }
        } catch (IOException e) {
            LOG.trace("{} left before the end", connection.peer(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    private synchronized Map<String, Object> next() throws InterruptedException {
        while (waiting.isEmpty() && !ended) {
            wait();
        }
        Map<String, Object> message = waiting.poll();
        notifyAll();
        return message;
    }
}
