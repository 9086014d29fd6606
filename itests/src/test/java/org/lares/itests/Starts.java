package org.lares.itests;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A FIFO into which programs say that something happened, a line each; so a test waits for it without looking again and
 * again. For one thread. Closing it ends every process that said its pid.
 */
final class Starts implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ExecutorService reader = Executors.newSingleThreadExecutor(task -> new Thread(task, "starts"));
    private final List<Long> seen = new ArrayList<>();
    private final Container container;
    private final Path pipe;
    private final RandomAccessFile fifo;

    Starts(Container container, String name) {
        this.container = container;
        pipe = container.base().resolve(name);
        container.run("mkfifo", pipe.toString()).succeeded();
        try {
            // Open for writing too: it does not end between two runs.
            fifo = new RandomAccessFile(pipe.toFile(), "rw");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For the programs to write to. */
    Path pipe() {
        return pipe;
    }

    /** The next line that a program says. */
    String nextLine() throws InterruptedException, ExecutionException {
        try {
            return reader.submit(fifo::readLine)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .strip();
        } catch (TimeoutException e) {
            throw new AssertionError("nothing said into " + pipe + " in " + PATIENCE + "\n" + container.log(), e);
        }
    }

    /** The pid of the next process of the program that says that it has started. */
    long next() throws InterruptedException, ExecutionException {
        long pid = Long.parseLong(nextLine());
        seen.add(pid);
        return pid;
    }

    @Override
    public void close() throws IOException {
        // Programs outlive a killed container, as they must.
        seen.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        // Wakes the reader, if it still waits.
        fifo.write('\n');
        reader.shutdown();
        fifo.close();
    }
}
