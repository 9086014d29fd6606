package org.lares.supervisor.container.probe;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Between a test and the code of the bundles that it installed. */
public final class Probe {
    private static final Map<String, BlockingQueue<String>> SAID = new ConcurrentHashMap<>();
    private static final Map<String, CountDownLatch> LATCHES = new ConcurrentHashMap<>();

    private Probe() {}

    /** The bundle's code did something. */
    public static void say(String channel, String what) {
        SAID.computeIfAbsent(channel, name -> new LinkedBlockingQueue<>()).add(what);
    }

    /** A latch that the test opens. */
    public static CountDownLatch latch(String name) {
        return LATCHES.computeIfAbsent(name, unused -> new CountDownLatch(1));
    }

    public static boolean isClosed(String latch) {
        return latch(latch).getCount() > 0;
    }

    /** Waits for the latch and hears no interruption. */
    public static void hang(String latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch(latch).await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next thing said; fails after ten seconds. */
    public static String next(String channel) throws InterruptedException {
        String said = SAID.computeIfAbsent(channel, name -> new LinkedBlockingQueue<>())
                .poll(10, TimeUnit.SECONDS);
        if (said == null) {
            throw new AssertionError("nothing more was said by " + channel);
        }
        return said;
    }

    public static boolean isSilent(String channel) {
        return SAID.getOrDefault(channel, new LinkedBlockingQueue<>()).isEmpty();
    }

    public static void clear() {
        SAID.clear();
        LATCHES.clear();
    }
}
