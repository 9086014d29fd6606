package org.lares.itests;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A container as a user gets it: the tar.gz unpacked into a short path of its own, driven through its scripts and
 * nothing else. Closing stops what runs and removes the folder. For one thread.
 */
public final class Container implements AutoCloseable {
    /** Far above what any command here needs on a busy machine: a hang ends as a failure, not as a stuck build. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** A look costs a client's JVM, so a shorter one would mostly slow down what is waited for. */
    private static final Duration POLL = Duration.ofMillis(500);

    private final Path folder;
    private final Path home;
    private final Path base;
    private final Map<String, String> environment = new TreeMap<>();

    private Container(Path folder, Path home, Path base) {
        this.folder = folder;
        this.home = home;
        this.base = base;
        environment.put("LARES_PROFILE", "small");
    }

    /** Unpacks the distribution; it runs with the profile small, on the JDK of this test. */
    public static Container unpack() {
        Path folder = temporary();
        Path home = unpack(folder);
        return new Container(folder, home, home).with("JAVA_HOME", System.getProperty("java.home"));
    }

    /** Unpacks the distribution where other users can run it, for a base folder beside it. */
    public static Container unpackForAll() {
        Path folder = temporary();
        try {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path home = unpack(folder);
            Path base = Files.createDirectory(folder.resolve("base"));
            return new Container(folder, home, base)
                    .with("JAVA_HOME", System.getProperty("java.home"))
                    .with("LARES_BASE", base.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("lares");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path unpack(Path folder) {
        Path archive = Path.of(required("lares.archive"));
        new Shell(folder, Map.of())
                .run(PATIENCE, List.of("tar", "-xzf", archive.toString(), "-C", folder.toString()))
                .succeeded();
        try (var entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack " + archive, e);
        }
    }

    /** Sets a variable of the environment in which this container's scripts run. */
    public Container with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** The base folder, which is the unpacked distribution too unless that is for all. */
    public Path base() {
        return base;
    }

    /** Changes a text in a file of the base, which must be there. */
    public Container replace(String file, String text, String by) {
        Path path = base.resolve(file);
        try {
            String before = Files.readString(path);
            if (!before.contains(text)) {
                throw new IllegalArgumentException("no \"" + text + "\" in " + path);
            }
            Files.writeString(path, before.replace(text, by));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Starts the container, returns when it is ready. */
    public Container start() {
        launcher("start").succeeded();
        return this;
    }

    /** Stops the container, returns when its process has ended. */
    public Container stop() {
        launcher("stop").succeeded();
        return this;
    }

    /** Ends the container's process with SIGKILL, returns when it has ended. */
    public void kill() {
        kill(process().orElseThrow());
    }

    /** As {@link #kill()}, without looking for the process first. */
    void kill(ProcessHandle process) {
        // The parent of a detached container may reap late; the lock says when the process has let go of everything.
        process.destroyForcibly();
        run("flock", "-w", "60", "-s", base.resolve("lock").toString(), "true").succeeded();
    }

    /** The container's process, if it runs. */
    public Optional<ProcessHandle> process() {
        if (launcher("status").exit() != 0) {
            return Optional.empty();
        }
        try {
            return ProcessHandle.of(
                    Long.parseLong(Files.readString(base.resolve("lock")).strip()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs bin/lares-container with a verb. */
    public Result launcher(String verb) {
        return run(home.resolve("bin/lares-container").toString(), verb);
    }

    /** Runs bin/lares with arguments. */
    public Result lares(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin/lares").toString());
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Runs bin/lares as another user, in no group but its own. */
    public Result laresAs(int uid, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups"));
        command.add(home.resolve("bin/lares").toString());
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** What a verb that succeeds prints with --json (docs/json.md). */
    public JsonObject json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        String out = lares(all.toArray(String[]::new)).succeeded().out();
        return JsonParser.parseString(out).getAsJsonObject();
    }

    /** Every job of the domain as JSON, by label. */
    public Map<String, JsonObject> jobs() {
        Map<String, JsonObject> jobs = new TreeMap<>();
        for (JsonElement job : json("list").getAsJsonArray("jobs")) {
            jobs.put(job.getAsJsonObject().get("label").getAsString(), job.getAsJsonObject());
        }
        return jobs;
    }

    /** The ended runs of a job as JSON, newest first. */
    public List<JsonObject> history(String label) {
        return json("history", label).getAsJsonArray("runs").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    /** Runs commands in Karaf's shell. */
    public Result shell(String commands) {
        return lares("shell", commands);
    }

    /** Writes a file that only its owner, the user of this test, can write, and anybody can read. */
    public Path write(String name, String content) {
        return write(name, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a file that only its owner, the user of this test, can write, and anybody can read. */
    public Path write(String name, byte[] content) {
        try {
            Path file = base.resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, content);
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes an executable for sh. */
    public Path script(String name, String lines) {
        Path script = write(name, "#!/bin/sh\n" + lines + "\n");
        try {
            return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a property list for sh: a label, a script that sh runs, and further keys as XML. */
    public Path definition(String name, String label, Path script, String keys) {
        return write(
                name,
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <plist version="1.0">
                <dict>
                    <key>Label</key><string>%s</string>
                    <key>Program</key><string>%s</string>
                    %s
                </dict>
                </plist>
                """
                        .formatted(label, script, keys));
    }

    /**
     * Returns when a condition holds that no event tells of.
     *
     * @param what completes "it never came to pass that"
     */
    public void await(String what, BooleanSupplier condition) {
        try {
            Awaitility.await().atMost(PATIENCE).pollInterval(POLL).until(condition::getAsBoolean);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("it never came to pass that " + what + "\n" + log(), e);
        }
    }

    /** The inodes of the sockets that a process holds. */
    static Set<String> socketsOf(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (var descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    continue;
                }
            }
        }
        return inodes;
    }

    /** The processes whose environment says that they are runs of this job. */
    public static List<Long> processesOf(String label) {
        String entry = "\0LARES_LABEL=" + label + "\0";
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(pid -> ("\0" + environmentOf(pid)).contains(entry))
                .toList();
    }

    /** The label of the job whose run this process is; empty if it is of none. */
    static String labelOf(long pid) {
        String environment = "\0" + environmentOf(pid);
        String key = "\0LARES_LABEL=";
        int begin = environment.indexOf(key);
        return begin < 0 ? "" : environment.substring(begin + key.length()).split("\0", 2)[0];
    }

    private static String environmentOf(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException ended) {
            return "";
        }
    }

    /** Runs any command in this container's environment, its standard input empty. */
    public Result run(String... command) {
        return new Shell(folder, environment).run(PATIENCE, List.of(command));
    }

    /** What the container logged, for messages of failed assertions only. */
    public String log() {
        try {
            Path log = base.resolve("data/log/karaf.log");
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        // In order: what outlives a killed container would be left behind.
        if (process().isPresent() && launcher("stop").exit() != 0) {
            kill();
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                    if (failure != null) {
                        throw failure;
                    }
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + folder, e);
        }
    }

    private static String required(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalStateException("cannot test: no system property " + property + "; run mvn verify");
        }
        return value;
    }

    /** Runs commands; their output goes through files, so that a process left behind cannot keep a pipe open. */
    private record Shell(Path folder, Map<String, String> environment) {
        Result run(Duration patience, List<String> command) {
            try {
                Path out = Files.createTempFile(folder, "out", "");
                Path err = Files.createTempFile(folder, "err", "");
                ProcessBuilder builder = new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                boolean ended = process.waitFor(patience.toSeconds(), TimeUnit.SECONDS);
                String said = Files.readString(out, StandardCharsets.UTF_8);
                String complained = Files.readString(err, StandardCharsets.UTF_8);
                if (!ended) {
                    process.destroyForcibly();
                    throw new AssertionError(command + " runs for longer than " + patience + "\n" + said + complained);
                }
                return new Result(process.exitValue(), said, complained);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot run " + command, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while " + command + " ran", e);
            }
        }
    }
}
