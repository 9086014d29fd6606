package org.lares.host;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.Collection;
import java.util.Optional;
import org.lares.xpc.Client;
import org.lares.xpc.Connection;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.Order;

/**
 * The host's side of the line to its container, which may break and come back. One thread connects, checks in and
 * reads; another writes, so that nobody else ever waits for the container. When the container has gone, the first waits
 * for its return and proves itself anew.
 *
 * <p>Two tickets are kept: the latest, and the one before it. If the line broke while the latest was given, the
 * container may or may not know that it was {@link FromHost.Kept}, so that either may be the good one.
 */
final class ContainerLine {

    /** Hears the container. Called on the line's own thread; must not wait. */
    interface Listener {
        void go(FromContainer.Go go);

        void configured(Configuration configuration);

        void stop(String reason);

        /** The line broke, or could not be made; another attempt follows. */
        void lost(String reason);
    }

    /** How the last attempt or connection ended. */
    private enum Ending {
        /** Nobody is there, or not yet ready to talk. */
        ABSENT,
        /** We were in, and the container went away. */
        GONE,
        /** The container does not know us or let us in, or does not keep to the protocol. */
        STRANGER
    }

    private static final long ALIVE_MOST_NANOS = 1_000_000_000;

    private final Order order;
    private final Listener listener;
    private final Outbox outbox;
    private final Thread reader;
    private final Thread writer;
    private volatile Connection connection;

    // Of the reader's thread only.
    private byte[] ticket;
    private byte[] before;
    private Optional<String> run;
    private boolean begun;
    private boolean checkedIn;
    private String refusal;

    /** The container has heard the check-in and does not believe it. */
    private static final class RefusedException extends ProtocolException {
        private static final long serialVersionUID = 1;

        RefusedException(String reason) {
            super(reason);
        }
    }

    ContainerLine(Order order, Listener listener) {
        this.order = order;
        this.listener = listener;
        this.run = order.run();
        this.ticket = order.ticket();
        this.outbox = new Outbox(order.watchdog()
                .map(millis -> Math.min(ALIVE_MOST_NANOS, millis * 100_000))
                .orElse(ALIVE_MOST_NANOS));
        this.reader = daemon(this::keep, "lares-host-line");
        this.writer = daemon(this::write, "lares-host-line-out");
    }

    private static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Begins to connect. Both threads live as long as the process. */
    void open() {
        reader.start();
        writer.start();
    }

    // What is to be said. Any thread; never waits.

    void ready() {
        outbox.ready();
    }

    /** Only a job with a watchdog is listened to. */
    void alive() {
        if (order.watchdog().isPresent()) {
            outbox.alive();
        }
    }

    void wanted(Collection<String> pids) {
        outbox.wanted(pids);
    }

    void note(String text) {
        outbox.note(text);
    }

    /** The last frame. Waits until it is on its way, but not longer than given, and not for a container that is away. */
    void last(FromHost.Last frame, long millis) {
        outbox.last(frame);
        outbox.awaitLast(millis);
    }

    // The writer.

    private void write() {
        while (true) {
            try {
                FromHost message = outbox.take();
                Connection to = connection;
                if (to != null) {
                    send(to, message);
                }
            } catch (InterruptedException e) {
                // By the job's code, which is not asked to end this.
                Log.warn("the line to the container was interrupted by the job's code; it goes on");
            }
        }
    }

    private void send(Connection to, FromHost message) {
        try {
            to.send(message.message());
            outbox.sent(message);
        } catch (IOException e) {
            // Heard by the reader as well. Only a note is lost by it: the rest is said again.
            close(to);
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            Log.warn("cannot close the line to the container: " + e);
        }
    }

    // The reader.

    private void keep() {
        Ending ending = attempt();
        while (true) {
            try (Comeback comeback = new Comeback(order.socket())) {
                // Soon at first: the container may have come back before we watched.
                comeback.await(false);
                ending = attempt();
                while (ending != Ending.GONE) {
                    comeback.await(ending == Ending.STRANGER);
                    ending = attempt();
                }
            }
        }
    }

    /** Connects and talks until that ends; of two tickets tries both. */
    private Ending attempt() {
        Ending ending = talk();
        if (ending == Ending.STRANGER && !checkedIn && before != null) {
            byte[] other = before;
            before = ticket;
            ticket = other;
            ending = talk();
        }
        return ending;
    }

    private Ending talk() {
        checkedIn = false;
        Connection made;
        try {
            made = Client.connect(order.socket(), Order.ENDPOINT);
        } catch (IOException | RuntimeException e) {
            listener.lost(String.valueOf(e.getMessage()));
            return Ending.ABSENT;
        }
        try {
            made.send(new FromHost.CheckIn(order.id(), ticket, run).message());
            while (true) {
                Optional<FromContainer> message = FromContainer.of(made.receive());
                if (message.isPresent()) {
                    received(made, message.get());
                }
            }
        } catch (EOFException e) {
            return lost(made, checkedIn ? Ending.GONE : Ending.STRANGER, "the container closed the line");
        } catch (RefusedException e) {
            refused(e.getMessage());
            return lost(made, Ending.STRANGER, "the container does not let this process in: " + e.getMessage());
        } catch (ProtocolException e) {
            return lost(made, Ending.STRANGER, "the container does not keep to the protocol: " + e.getMessage());
        } catch (IOException e) {
            return lost(made, checkedIn ? Ending.GONE : Ending.ABSENT, e.toString());
        } catch (RuntimeException e) {
            return lost(made, Ending.STRANGER, "the container sent what cannot be understood: " + e);
        }
    }

    /** Said once for each reason: the attempts may go on for long. */
    private void refused(String reason) {
        if (!reason.equals(refusal)) {
            refusal = reason;
            Log.warn("the container does not let this process in: " + reason + "; it is asked again");
        }
    }

    private Ending lost(Connection made, Ending ending, String reason) {
        outbox.cutOff();
        connection = null;
        close(made);
        listener.lost(reason);
        return ending;
    }

    private void received(Connection from, FromContainer message) throws IOException {
        if (message instanceof FromContainer.CheckedIn in) {
            before = ticket;
            ticket = in.ticket();
            from.send(new FromHost.Kept().message());
            checkedIn = true;
            refusal = null;
            connection = from;
            outbox.checkedIn();
            return;
        }
        if (!checkedIn) {
            throw message instanceof FromContainer.Refused refused
                    ? new RefusedException(refused.reason())
                    : new ProtocolException("it speaks before it has let us in");
        }
        if (message instanceof FromContainer.Go go) {
            begin(go);
        } else if (message instanceof FromContainer.Configured configured) {
            listener.configured(configured.configuration());
        } else if (message instanceof FromContainer.Stop stop) {
            listener.stop(stop.reason());
        }
    }

    private void begin(FromContainer.Go go) throws ProtocolException {
        if (!run.orElse(go.run()).equals(go.run())) {
            throw new ProtocolException("it begins run " + go.run() + ", but this is run " + run.get());
        }
        if (begun) {
            return;
        }
        begun = true;
        run = Optional.of(go.run());
        outbox.begun();
        listener.go(go);
    }
}
