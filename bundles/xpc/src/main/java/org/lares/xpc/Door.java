package org.lares.xpc;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.lares.xpc.posix.Peer;

/**
 * Where clients of a container come in: listens on its socket, asks the kernel who each one is, and hands it to the
 * endpoint that it names. At most 64 are inside at a time, 16 of each user
 * other than ours and root; more are refused with the reason. One thread greets, so that a client which says nothing
 * costs none; each welcomed one has a thread of its own, but
 * those of an {@link EventEndpoint}, who stay on the greeter's (at most 4096). All methods: any thread.
 */
public final class Door implements Closeable {
    private static final Logger LOG = System.getLogger(Door.class.getName());
    private static final Duration HELLO_TIME = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

    /** For how long nobody is let in after the kernel has refused us a descriptor: select(2) would not wait. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Path path;
    private final SocketFile file;
    private final Selector selector;
    private final SelectionKey listening;
    private final Function<String, Optional<Endpoint>> lookup;
    private final Function<String, Optional<EventEndpoint>> events;
    private final long helloNanos;
    private final Admission admission;
    private final Admission stays;
    private final Set<EventLine> lines = new HashSet<>();
    private final Thread greeter;
    private final Set<Visit> visits = new HashSet<>();
    private long pausedUntil = System.nanoTime();
    private volatile boolean closed;

    private Door(
            Path socket,
            SocketFile file,
            boolean others,
            Function<String, Optional<Endpoint>> lookup,
            Function<String, Optional<EventEndpoint>> events,
            Duration helloTime)
            throws IOException {
        this.path = socket;
        this.file = file;
        this.lookup = lookup;
        this.events = events;
        this.helloNanos = helloTime.toNanos();
        this.admission = new Admission(Ownership.self(), others, Admission.VISITS);
        this.stays = new Admission(Ownership.self(), others, Admission.LINES);
        this.selector = Selector.open();
        this.listening = file.listener().configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
        this.greeter = new Thread(this::greet, "lares-door");
        greeter.setDaemon(true);
    }

    /**
     * Opens the door of a container, and answers from then on. A socket that a dead container has left is replaced; the
     * folder of the socket is made if need be.
     *
     * @param socket see {@link SocketPlace}; its folder must be ours and closed to the writing of others
     * @param others whether users besides ours and root may come in; what they may do is for the endpoints to say
     * @param lookup finds an endpoint by name; called on many threads
     * @param events finds an endpoint whose clients stay, and is asked first; called on one thread and must not wait
     * @throws IOException {@code cannot open <socket>: <reason>; <remedy>}, also if another container is alive there
     */
    public static Door open(
            Path socket,
            boolean others,
            Function<String, Optional<Endpoint>> lookup,
            Function<String, Optional<EventEndpoint>> events)
            throws IOException {
        return open(socket, others, lookup, events, HELLO_TIME);
    }

    /** Without endpoints whose clients stay. */
    public static Door open(Path socket, boolean others, Function<String, Optional<Endpoint>> lookup)
            throws IOException {
        return open(socket, others, lookup, name -> Optional.empty());
    }

    static Door open(
            Path socket,
            boolean others,
            Function<String, Optional<Endpoint>> lookup,
            Function<String, Optional<EventEndpoint>> events,
            Duration helloTime)
            throws IOException {
        SocketFile file = SocketFile.open(socket, others);
        try {
            Door door = new Door(socket, file, others, lookup, events, helloTime);
            // Also has the log load what it needs while there are descriptors left to do so.
            LOG.log(Level.INFO, "open at {0}", socket);
            door.greeter.start();
            return door;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * Removes the socket, closes all connections, interrupts the threads that serve them and waits for these to end, at
     * most 5 s; what stays longer is logged. May be called from such a thread, for which it does not wait. An interrupt
     * ends the waiting, not the closing. Again: does nothing.
     */
    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            greeter.join();
            long deadline = System.nanoTime() + CLOSE_TIME.toNanos();
            for (Visit visit : leaveAll()) {
                long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (visit.thread != Thread.currentThread()) {
                    visit.thread.join(Math.max(1, left));
                    if (visit.thread.isAlive()) {
                        LOG.log(Level.WARNING, "{0} does not end", visit.thread.getName());
                    }
                }
            }
        } catch (InterruptedException e) {
            leaveAll();
            Thread.currentThread().interrupt();
        }
    }

    private List<Visit> leaveAll() throws IOException {
        List<Visit> all;
        synchronized (visits) {
            all = new ArrayList<>(visits);
        }
        for (Visit visit : all) {
            visit.connection.close();
            if (visit.thread != Thread.currentThread()) {
                visit.thread.interrupt();
            }
        }
        return all;
    }

    private void greet() {
        try (file;
                selector) {
            try {
                while (!closed) {
                    round();
                }
            } finally {
                arrivals().forEach(this::drop);
                lines.forEach(EventLine::cut);
                endLines();
            }
        } catch (IOException | RuntimeException | Error e) {
            report(Level.ERROR, "cannot keep " + path + " open: the door is closed; restart the container", e);
        }
    }

    private void round() throws IOException {
        long now = System.nanoTime();
        boolean paused = now - pausedUntil < 0;
        listening.interestOps(paused ? 0 : SelectionKey.OP_ACCEPT);
        selector.select(untilNext(now, paused ? pausedUntil - now : Long.MAX_VALUE));
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isValid() && key.attachment() instanceof Arrival arrival) {
                proceed(key, arrival);
            } else if (key.isValid() && key.attachment() instanceof EventLine line) {
                proceed(line);
            } else if (key == listening && !accept()) {
                pausedUntil = System.nanoTime() + PAUSE.toNanos();
            }
        }
        selector.selectedKeys().clear();
        endLines();
        expire(System.nanoTime());
    }

    /** In milliseconds, at least 1: when the first arrival will have waited too long; 0 for never. */
    private long untilNext(long now, long nanos) {
        long least = nanos;
        for (Arrival each : arrivals()) {
            least = Math.min(least, each.deadline - now);
        }
        return least == Long.MAX_VALUE ? 0 : Math.max(1, Duration.ofNanos(least).toMillis() + 1);
    }

    private List<Arrival> arrivals() {
        List<Arrival> arrivals = new ArrayList<>();
        for (SelectionKey key : selector.keys()) {
            if (key.isValid() && key.attachment() instanceof Arrival arrival) {
                arrivals.add(arrival);
            }
        }
        return arrivals;
    }

    /** Takes in all that knock. Returns false if the kernel does not let us. */
    private boolean accept() {
        ServerSocketChannel listener = file.listener();
        while (true) {
            SocketChannel channel;
            try {
                channel = listener.accept();
            } catch (IOException e) {
                report(Level.WARNING, "cannot let a client in at " + path + "; trying again", e);
                return false;
            }
            if (channel == null) {
                return true;
            }
            try {
                admit(channel);
            } catch (IOException | RuntimeException | Error e) {
                report(Level.WARNING, "cannot let a client in at " + path, e);
                turnAway(channel, "the container cannot tell who you are; its log says why");
            }
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        Peer peer = Peer.of(channel);
        Optional<String> full = admission.enter(peer.uid());
        if (full.isPresent()) {
            turnAway(channel, full.get());
            return;
        }
        Arrival arrival = new Arrival(channel, peer, new FrameReader(Hello.LARGEST), System.nanoTime() + helloNanos);
        try {
            channel.register(selector, SelectionKey.OP_READ, arrival);
        } catch (IOException | RuntimeException | Error e) {
            admission.leave(peer.uid());
            throw e;
        }
    }

    private void proceed(SelectionKey key, Arrival arrival) {
        try {
            boolean ended = SocketConnection.read(arrival.channel, arrival.reader) < 0;
            Optional<Frame> first = arrival.reader.next();
            if (first.isPresent()) {
                Hello hello = Hello.decode(first.get());
                Optional<EventEndpoint> endpoint = events.apply(hello.endpoint());
                if (endpoint.isPresent()) {
                    stay(key, arrival, hello, endpoint.get());
                    return;
                }
                key.cancel();
                arrival.channel.configureBlocking(true);
                begin(arrival, hello);
            } else if (ended) {
                drop(arrival);
            }
        } catch (IOException e) {
            report(Level.DEBUG, arrival.peer + " does not greet", e);
            turnAway(arrival.channel, e.getMessage());
            admission.leave(arrival.peer.uid());
        } catch (RuntimeException | Error e) {
            // Such as no memory for a thread: this client goes, the door stays.
            report(Level.ERROR, "cannot serve " + arrival.peer, e);
            drop(arrival);
        }
    }

    /** It gives back its place among those who come and go, also if it may not stay. */
    private void stay(SelectionKey key, Arrival arrival, Hello hello, EventEndpoint endpoint) throws IOException {
        long uid = arrival.peer.uid();
        Optional<String> refused =
                hello.version() == Hello.VERSION ? stays.enter(uid) : Optional.of(otherVersion(hello));
        if (refused.isPresent()) {
            throw new IOException(refused.get());
        }
        EventLine line = new EventLine(arrival.channel, arrival.reader, arrival.peer, key);
        try {
            line.begin(endpoint);
        } catch (IOException | RuntimeException | Error e) {
            line.end();
            stays.leave(uid);
            throw e;
        }
        key.attach(line);
        lines.add(line);
        admission.leave(uid);
    }

    private void proceed(EventLine line) {
        try {
            line.proceed();
        } catch (IOException e) {
            report(Level.DEBUG, line.peer() + " has gone", e);
            line.close();
        } catch (RuntimeException | Error e) {
            report(Level.ERROR, "cannot serve " + line.peer(), e);
            line.close();
        }
    }

    private void endLines() {
        for (EventLine line : List.copyOf(lines)) {
            if (line.over()) {
                lines.remove(line);
                stays.leave(line.peer().uid());
                try {
                    line.end();
                } catch (RuntimeException | Error e) {
                    report(Level.ERROR, "cannot end the session of " + line.peer(), e);
                }
            }
        }
    }

    private static String otherVersion(Hello hello) {
        return "version " + hello.version() + " of the protocol is not spoken here, only " + Hello.VERSION
                + "; use the client that came with the container";
    }

    private void expire(long now) {
        for (Arrival each : arrivals()) {
            if (each.deadline - now <= 0) {
                turnAway(each.channel, "no hello came in time");
                admission.leave(each.peer.uid());
            }
        }
    }

    private void begin(Arrival arrival, Hello hello) {
        SocketConnection connection = new SocketConnection(arrival.channel, arrival.reader, arrival.peer);
        Visit visit = new Visit(connection, hello);
        synchronized (visits) {
            visits.add(visit);
        }
        try {
            visit.thread.start();
        } catch (Error e) {
            synchronized (visits) {
                visits.remove(visit);
            }
            throw e;
        }
    }

    private void drop(Arrival arrival) {
        close(arrival.channel);
        admission.leave(arrival.peer.uid());
    }

    /** The refusal fits the buffer of a new socket, so this never waits; a client that does not read it misses it. */
    private static void turnAway(SocketChannel channel, String reason) {
        try (channel) {
            ByteBuffer refusal = Hello.refusal(reason);
            channel.configureBlocking(false);
            channel.write(refusal);
        } catch (IOException e) {
            report(Level.DEBUG, "a refused client has gone", e);
        }
    }

    static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            report(Level.WARNING, "cannot close a connection", e);
        }
    }

    /** The log may fail by the same lack, of descriptors or memory, that it is told of. The door must not. */
    private static void report(Level level, String what, Throwable why) {
        try {
            LOG.log(level, what, why);
        } catch (RuntimeException | Error e) {
            System.err.println(what + ": " + why + " (not logged: " + e + ")");
        }
    }

    /** Has connected, and not yet said what for. */
    private record Arrival(SocketChannel channel, Peer peer, FrameReader reader, long deadline) {}

    /** A client that has greeted, on a thread of its own. */
    private final class Visit implements Runnable {
        private final SocketConnection connection;
        private final Hello hello;
        private final Thread thread;

        Visit(SocketConnection connection, Hello hello) {
            this.connection = connection;
            this.hello = hello;
            this.thread = new Thread(this, "lares-door " + hello.endpoint() + " for " + connection.peer());
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            try (connection) {
                converse();
            } catch (IOException e) {
                report(Level.DEBUG, hello.endpoint() + ": " + connection.peer() + " has gone", e);
            } catch (RuntimeException | Error e) {
                report(Level.ERROR, hello.endpoint() + " failed for " + connection.peer(), e);
            } finally {
                admission.leave(connection.peer().uid());
                synchronized (visits) {
                    visits.remove(this);
                }
            }
        }

        private void converse() throws IOException {
            if (hello.version() != Hello.VERSION) {
                connection.write(Hello.refusal(otherVersion(hello)));
                return;
            }
            Optional<Endpoint> endpoint = lookup.apply(hello.endpoint());
            if (endpoint.isEmpty()) {
                connection.write(Hello.refusal("there is no endpoint " + hello.endpoint() + " here"));
                return;
            }
            connection.write(Hello.welcome());
            endpoint.get().serve(connection);
        }
    }
}
