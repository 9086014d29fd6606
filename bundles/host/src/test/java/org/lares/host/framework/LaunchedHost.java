package org.lares.host.framework;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A JVM with {@link Launch}, its bundles on the class path in Connect mode. */
final class LaunchedHost implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final PrintWriter input;
    private final List<String> lines = new ArrayList<>();

    LaunchedHost(Path folder, boolean connect, List<Path> bundles) throws IOException {
        List<String> classPath = new ArrayList<>();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp"));
        if (connect) {
            // First: the classes of the test bundles are on the test's own class path too.
            bundles.forEach(it -> classPath.add(it.toString()));
        }
        classPath.add(System.getProperty("java.class.path"));
        command.add(String.join(File.pathSeparator, classPath));
        command.add(Launch.class.getName());
        Files.createDirectories(folder.resolve("files"));
        command.add(Files.createDirectories(folder.resolve("host")).toString());
        command.add(connect ? "connect" : "plain");
        bundles.forEach(it -> command.add(it.toString()));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        input = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    void tell(String line) {
        input.println(line);
    }

    /** Reads on to a line. */
    String await(Predicate<String> wanted) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
            if (wanted.test(line)) {
                return line;
            }
        }
        throw new AssertionError("the host ended; it said " + lines);
    }

    String await(String prefix) throws IOException {
        return await(it -> it.startsWith(prefix));
    }

    /** All lines so far. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    /** Ends the input, reads to the end. */
    int end() throws IOException, InterruptedException {
        input.close();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
        }
        return process.waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        output.close();
    }
}
