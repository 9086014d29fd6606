package org.lares.sandbox.archive;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of a JVM that reads the classes of a list and writes them as an archive. It initializes none of them, so it runs
 * no code of a job. At the lowest priority; its time, files and memory are bounded.
 */
final class Dump {
    /** In MiB; measured: 64 suffice for 2000 classes. */
    private static final int HEAP = 256;

    private static final int METASPACE = 512;

    /** In seconds of CPU; ends a dump whose container died, too. */
    private static final int CPU = 120;

    /** sh(1), ulimit -f. */
    private static final int BLOCK = 512;

    private static final int LONGEST_REASON = 300;
    private static final int MOST_OUTPUT = 1 << 14;

    private final Key key;
    private final List<String> flags;
    private final Bounds bounds;

    Dump(Key key, List<String> flags, Bounds bounds) {
        this.key = key;
        this.flags = flags;
        this.bounds = bounds;
    }

    /**
     * Waits for its end.
     *
     * @param output does not exist; so it is after an exception, too
     * @throws InterruptedException if the thread was interrupted; the dump was killed
     * @throws IOException with the reason if there is no archive
     */
    void run(ClassList list, Path listFile, Path output, Path messages) throws IOException, InterruptedException {
        boolean made = false;
        try {
            Files.write(listFile, list.lines(), StandardCharsets.US_ASCII);
            int status = run(command(listFile, output), messages);
            if (status != 0) {
                throw new IOException("the dump ended with status " + status + reason(messages));
            }
            if (!Files.isRegularFile(output) || Files.size(output) == 0) {
                throw new IOException("the dump wrote no archive" + reason(messages));
            }
            if (Files.size(output) > bounds.largest()) {
                throw new IOException(
                        "the archive has " + Files.size(output) + " bytes, more than " + bounds.largest());
            }
            made = true;
        } finally {
            Files.deleteIfExists(listFile);
            Files.deleteIfExists(messages);
            if (!made) {
                Files.deleteIfExists(output);
            }
        }
    }

    private List<String> command(Path listFile, Path output) {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "ulimit -c 0; ulimit -t " + CPU + "; ulimit -f " + (bounds.largest() / BLOCK + 1)
                        + "; exec nice -n 19 \"$@\"",
                "sh",
                key.java().toString(),
                "-Xshare:dump",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-XX:SharedClassListFile=" + listFile,
                "-XX:SharedArchiveFile=" + output,
                "-Xmx" + HEAP + "m",
                "-XX:MaxMetaspaceSize=" + METASPACE + "m",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:ErrorFile=/dev/null"));
        command.addAll(flags);
        command.addAll(List.of("-cp", key.joinedClassPath()));
        return command;
    }

    private int run(List<String> command, Path messages) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(messages.toFile());
        // JDK_JAVA_OPTIONS and the like are for the container.
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        Process process = builder.start();
        boolean ended = false;
        try {
            ended = process.waitFor(bounds.dump().toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            if (!ended) {
                process.destroyForcibly();
                awaitKilled(process);
            }
        }
        if (!ended) {
            throw new IOException("the dump was killed after " + bounds.dump().toSeconds() + " s");
        }
        return process.exitValue();
    }

    /** SIGKILL cannot be refused, and the files are free only after it. */
    private static void awaitKilled(Process process) {
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String reason(Path messages) throws IOException {
        try (InputStream in = Files.newInputStream(messages)) {
            String text = new String(in.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8)
                    .replaceAll("\\[[^\\]]*\\]", "")
                    .replaceAll("\\s+", " ")
                    .strip();
            return text.isEmpty() ? "" : ": " + text.substring(0, Math.min(text.length(), LONGEST_REASON));
        }
    }
}
