package org.lares.sandbox.host;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.lares.xpc.EventEndpoint;
import org.lares.xpc.Line;
import org.lares.xpc.host.FromContainer;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.FromHost.Alive;
import org.lares.xpc.host.FromHost.CheckIn;
import org.lares.xpc.posix.Peer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line on which a host may be. What it says is handled on the agenda's thread; {@link #send} and close by any. */
final class HostSession implements EventEndpoint.Session {
    private static final Logger LOG = LoggerFactory.getLogger(HostSession.class);

    /** What may wait to be handled. More is the doing of code that talks without end. */
    private static final int PENDING = 64;

    private final Line line;
    private final Agenda agenda;
    private final Function<String, Optional<HostRun>> hosts;
    private final AtomicInteger pending = new AtomicInteger();
    private final Future<?> expiry;
    /** Known once it has checked in. */
    private volatile HostRun host;
    /** Whether a check-in came, good or bad: there is one for each line. On the agenda's thread. */
    private boolean greeted;

    /** @param hosts finds one by its id */
    HostSession(Line line, Agenda agenda, HostTimes times, Function<String, Optional<HostRun>> hosts) {
        this.line = line;
        this.agenda = agenda;
        this.hosts = hosts;
        this.expiry = agenda.after(times.greeting(), () -> {
            if (!greeted) {
                refuse("it did not check in");
            }
        });
    }

    Peer peer() {
        return line.peer();
    }

    @Override
    public void received(Object message) throws IOException {
        Optional<FromHost> known = FromHost.of(message);
        if (known.isEmpty()) {
            return;
        }
        if (known.get() instanceof Alive) {
            HostRun run = host;
            if (run != null) {
                run.alive();
            }
            return;
        }
        if (pending.incrementAndGet() > PENDING) {
            throw new ProtocolException("it says more than can be heard");
        }
        agenda.post(() -> {
            pending.decrementAndGet();
            handle(known.get());
        });
    }

    private void handle(FromHost message) {
        if (message instanceof CheckIn in) {
            if (greeted) {
                refuse("a second check-in on one line");
                return;
            }
            greeted = true;
            expiry.cancel(false);
            Optional<HostRun> run = hosts.apply(in.id());
            if (run.isPresent()) {
                run.get().checkIn(this, in.ticket());
            } else {
                refuse("there is no host " + shown(in.id()));
            }
        } else if (host != null) {
            host.heard(this, message);
        } else {
            refuse("it talks without having checked in");
        }
    }

    private static String shown(String id) {
        return id.length() <= 64 && id.matches("[A-Za-z0-9._-]+") ? id : "of this name";
    }

    /** It is who it says. */
    void accepted(HostRun run) {
        host = run;
    }

    void refuse(String reason) {
        LOG.warn("refused the check-in of {}: {}", peer(), reason);
        line.send(new FromContainer.Refused(reason).message());
        line.close();
    }

    /** @throws IllegalArgumentException if it is larger than a frame may be */
    void send(FromContainer message) {
        line.send(message.message());
    }

    void close() {
        line.close();
    }

    @Override
    public void closed() {
        expiry.cancel(false);
        agenda.post(() -> {
            HostRun run = host;
            if (run != null) {
                run.lineClosed(this);
            }
        });
    }
}
