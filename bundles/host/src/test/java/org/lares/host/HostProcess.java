package org.lares.host;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.Limits;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.Order;

/** A host in a JVM of its own, as a container makes it. */
final class HostProcess implements AutoCloseable {
    static final String TICKET = "first";

    private final Process process;
    private final Path folder;

    private HostProcess(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    static HostProcess start(Order order) throws IOException {
        return start(order.encode(), order.folder());
    }

    static HostProcess start(byte[] order, Path folder) throws IOException {
        Path input = Files.write(folder.resolve("order"), order);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                classPath(),
                Host.class.getName()));
        return new HostProcess(
                new ProcessBuilder(command)
                        .redirectInput(input.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start(),
                folder);
    }

    /** Of the test, but without what a host never has. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)).stream()
                        .filter(entry -> !entry.contains("jna") && !entry.contains("test-classes"))
                        .toList());
    }

    static Order order(Path socket, Path folder, Path bundle, Optional<String> run, long exitTimeOut) {
        return new Order(
                socket,
                "system",
                "job",
                run.orElse("spare"),
                TICKET.getBytes(StandardCharsets.UTF_8),
                run,
                List.of(new Order.BundleFile(bundle, bundle.toUri().toString(), true)),
                false,
                Map.of(),
                folder,
                exitTimeOut,
                Optional.of(20_000L));
    }

    int exit() throws Exception {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + log());
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    /** Of the file; empty if there is none. */
    Optional<FromHost.Last> last() throws Exception {
        Path file = folder.resolve(Order.LAST_FRAME);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return FromHost.of(Cbor.decode(Files.readAllBytes(file), Limits.DEFAULT))
                .map(FromHost.Last.class::cast);
    }

    @Override
    public void close() throws Exception {
        process.destroyForcibly().waitFor();
    }
}
