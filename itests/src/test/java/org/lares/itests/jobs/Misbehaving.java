package org.lares.itests.jobs;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A job that misbehaves in the way that the property {@code itests.fault} names; without it, it is a good one. */
public final class Misbehaving implements BundleActivator {
    private static final int MEGABYTE = 1 << 20;
    private static final int MANY_FILES = 100_000;
    private static final int MANY_PROCESSES = 10_000;
    private static final int LOG_MEGABYTES = 40;

    private final List<Object> kept = new ArrayList<>();

    @Override
    public void start(BundleContext context) throws Exception {
        say("up " + content());
        switch (fault()) {
            case "hangs in start" -> hang();
            case "waits in start" -> Hold.hold("start");
            case "stops itself" ->
                apart(() -> run("kill", "-STOP", "" + ProcessHandle.current().pid()));
            case "detaches" -> apart(this::detach);
            case "fills its log" -> apart(this::fillLog);
            case "opens files" -> apart(this::openFiles);
            case "forks" -> apart(this::fork);
            case "eats native memory" -> apart(this::eat);
            case "checks in again" -> apart(this::checkInAgain);
            default -> say("well");
        }
    }

    @Override
    public void stop(BundleContext context) throws Exception {
        say("down " + content());
        if (fault().equals("hangs in stop")) {
            hang();
        }
    }

    private static String fault() {
        return System.getProperty("itests.fault", "none");
    }

    /** What the bundle's own file says, read when it is asked for. */
    private static String content() throws IOException {
        try (InputStream in = Misbehaving.class.getResourceAsStream("/content")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void apart(Task task) {
        new Thread(
                        () -> {
                            try {
                                task.run();
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        "misbehaving")
                .start();
    }

    private static void hang() {
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                never.await();
            } catch (InterruptedException ignoredOnPurpose) {
                say("not impressed by an interruption");
            }
        }
    }

    private static Process run(String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectErrorStream(true)
                .start();
    }

    /** Two forks, a session and an environment of its own, no signal but SIGKILL. */
    private void detach() throws Exception {
        run("sh", "-c", "setsid env -i sh -c 'trap \"\" TERM HUP; echo detached $$; while :; do sleep 1000; done' &")
                .waitFor();
    }

    private void fillLog() throws InterruptedException {
        String line = "x".repeat(1023);
        for (int i = 0; i < LOG_MEGABYTES * 1024; i++) {
            say(line);
        }
        // Said again, for a cut may lose a line.
        while (true) {
            say("filled");
            Thread.sleep(500);
        }
    }

    private void openFiles() {
        try {
            for (int i = 0; i < MANY_FILES; i++) {
                kept.add(new FileInputStream("/dev/null"));
            }
            say("opened all");
        } catch (IOException e) {
            // Its classes have to be read first, for which a file is needed.
            int opened = kept.size();
            kept.clear();
            say("opened " + opened + ": " + e.getMessage());
        }
    }

    private void fork() {
        try {
            for (int i = 0; i < MANY_PROCESSES; i++) {
                kept.add(run("sleep", "1000000"));
            }
        } catch (IOException | OutOfMemoryError e) {
            System.out.println("forked " + kept.size() + ": " + e.getMessage());
        }
    }

    private void eat() {
        while (true) {
            ByteBuffer memory = ByteBuffer.allocateDirect(MEGABYTE);
            for (int i = 0; i < MEGABYTE; i += 1024) {
                memory.put(i, (byte) 1);
            }
            kept.add(memory);
        }
    }

    private void checkInAgain() throws IOException {
        Path socket = Path.of((String) Hold.order.get("socket"));
        try (Wire wire = new Wire(socket)) {
            say("again: " + wire.checkIn(Hold.order).get("reason") + ", closed " + wire.closed());
        }
    }
}
