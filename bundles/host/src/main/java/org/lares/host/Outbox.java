package org.lares.host;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lares.xpc.host.FromHost;

/**
 * What is to be said to the container, bounded however long it is away or slow: what is a state is said again after each
 * check-in, what repeats is said once, and of notes the oldest give way. Any thread may call; only {@link #take} and
 * {@link #awaitLast} wait.
 */
final class Outbox {
    private static final int NOTES = 64;
    private static final int PIDS = 4096;

    private final long aliveNanos;

    // All of these under the lock of this object.
    private final Set<String> wanted = new LinkedHashSet<>();
    private final Deque<String> notes = new ArrayDeque<>();
    private FromHost.Last last;
    private boolean ready;
    private boolean sayReady;
    private boolean sayWanted;
    private boolean sayLast;
    private boolean alive;
    private long aliveSaid;
    private int lost;
    private boolean heard;

    /** @param aliveNanos the shortest time between two signs of life */
    Outbox(long aliveNanos) {
        this.aliveNanos = aliveNanos;
        this.aliveSaid = System.nanoTime() - aliveNanos;
    }

    synchronized void ready() {
        ready = true;
        sayReady = true;
        notifyAll();
    }

    /** A spare's readiness is not its run's. */
    synchronized void begun() {
        ready = false;
        sayReady = false;
    }

    synchronized void alive() {
        if (!alive) {
            alive = true;
            notifyAll();
        }
    }

    synchronized void wanted(Collection<String> pids) {
        for (String pid : pids) {
            if (wanted.size() < PIDS && wanted.add(pid)) {
                sayWanted = true;
            }
        }
        notifyAll();
    }

    synchronized void note(String text) {
        if (notes.size() == NOTES) {
            notes.removeFirst();
            lost++;
        }
        notes.addLast(text);
        notifyAll();
    }

    synchronized void last(FromHost.Last frame) {
        last = frame;
        sayLast = true;
        notifyAll();
    }

    /** Whoever listens now may know nothing of what was said before. */
    synchronized void checkedIn() {
        heard = true;
        sayReady = ready;
        sayWanted = !wanted.isEmpty();
        sayLast = last != null;
        notifyAll();
    }

    /** From now on {@link #take} waits for the next check-in. */
    synchronized void cutOff() {
        heard = false;
        notifyAll();
    }

    /** Waits for something to say and somebody who hears it; the last frame comes after all else. */
    synchronized FromHost take() throws InterruptedException {
        while (true) {
            if (!heard) {
                wait();
                continue;
            }
            Optional<FromHost> next = next();
            if (next.isPresent()) {
                return next.get();
            }
            if (alive) {
                long left = aliveSaid + aliveNanos - System.nanoTime();
                if (left <= 0) {
                    alive = false;
                    aliveSaid = System.nanoTime();
                    return new FromHost.Alive();
                }
                wait(1 + left / 1_000_000);
            } else {
                wait();
            }
        }
    }

    private Optional<FromHost> next() {
        if (sayReady) {
            sayReady = false;
            return Optional.of(new FromHost.Ready());
        }
        if (sayWanted) {
            sayWanted = false;
            return Optional.of(new FromHost.Wanted(List.copyOf(wanted)));
        }
        if (lost > 0) {
            String text = lost + " notes are lost: the container did not take them";
            lost = 0;
            return Optional.of(new FromHost.Note(text));
        }
        if (!notes.isEmpty()) {
            return Optional.of(new FromHost.Note(notes.removeFirst()));
        }
        if (sayLast) {
            sayLast = false;
            return Optional.of(last);
        }
        return Optional.empty();
    }

    /** That what {@link #take} gave is on its way. */
    synchronized void sent(FromHost message) {
        if (message == last) {
            last = null;
            notifyAll();
        }
    }

    /** Waits until the last frame is on its way, but not longer than given, and not while nobody hears it. */
    synchronized boolean awaitLast(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (last != null && heard) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                // By the job's code: the wait is short, and the word that it waits for matters more.
                continue;
            }
        }
        return last == null;
    }
}
