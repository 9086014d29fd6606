package org.lares.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.lares.itests.jobs.Hold;
import org.lares.itests.jobs.Misbehaving;
import org.lares.itests.jobs.Wire;

/** Bundles in processes of their own that misbehave on purpose, and what is asked of everything around them. */
final class Isolated {
    private static final String DEFINITION = "OSGI-INF/launchd/job.plist";

    private final Container container;
    /** Of this object's own, since the processes of all containers of the machine are searched for them. */
    private final String prefix;

    private final Path jar;

    Isolated(Container container, String name) {
        this.container = container;
        this.prefix = "org.lares.itests." + name + ProcessHandle.current().pid() + ".";
        this.jar = container.base().resolve("misbehaving.jar");
        build(jar, "1", "");
    }

    String label(String name) {
        return prefix + name;
    }

    /** The bundle whose content is 1. */
    Path jar() {
        return jar;
    }

    /**
     * Makes the jar of {@link Misbehaving}, which is a bundle, named as its file is, and an agent, in one step.
     *
     * @param content what it has in its file {@code content}
     * @param definition the property list that makes it a job when it is installed, or empty
     */
    static void build(Path file, String content, String definition) {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue(
                "Bundle-SymbolicName",
                "org.lares.itests." + file.getFileName().toString().replace(".jar", ""));
        attributes.putValue("Bundle-Version", "1." + content);
        attributes.putValue("Bundle-Activator", Misbehaving.class.getName());
        attributes.putValue("Import-Package", "org.osgi.framework");
        attributes.putValue("Premain-Class", Hold.class.getName());
        if (!definition.isEmpty()) {
            attributes.putValue("Provide-Capability", "org.lares.job;kind=daemon;definition=\"" + DEFINITION + "\"");
        }
        Path made = file.resolveSibling(file.getFileName() + ".new");
        try (JarOutputStream out = new JarOutputStream(new FileOutputStream(made.toFile()), manifest)) {
            put(out, "content", content.getBytes(StandardCharsets.UTF_8));
            if (!definition.isEmpty()) {
                put(out, DEFINITION, definition.getBytes(StandardCharsets.UTF_8));
            }
            for (Path type : classes()) {
                put(out, "org/lares/itests/jobs/" + type.getFileName(), Files.readAllBytes(type));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!made.toFile().renameTo(file.toFile())) {
            throw new UncheckedIOException(new IOException("cannot make " + file));
        }
    }

    private static List<Path> classes() throws IOException {
        Path folder = Path.of(Wire.class.getResource("Wire.class").getPath()).getParent();
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static void put(JarOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new JarEntry(name));
        out.write(content);
        out.closeEntry();
    }

    /** Loads a job with a fault: see {@link Misbehaving}. */
    String bootstrap(String name, String fault, String keys, String... javaOptions) {
        container
                .lares(
                        "bootstrap",
                        "system",
                        list("lists", name, fault, keys, javaOptions).toString())
                .succeeded();
        return label(name);
    }

    /** Has such a job loaded with each start of the container. */
    String daemon(String name, String fault, String keys) {
        list("etc/launchd/daemons", name, fault, keys);
        return label(name);
    }

    private Path list(String folder, String name, String fault, String keys, String... javaOptions) {
        return container.write(
                folder + "/" + label(name) + ".plist",
                definition(name, fault, "<key>Bundle</key><string>" + jar + "</string>" + keys, javaOptions));
    }

    /** The list of a job, with which the bundle may carry it itself. */
    String definition(String name, String fault, String keys, String... javaOptions) {
        StringBuilder options = new StringBuilder("<string>-Ditests.fault=" + fault + "</string>");
        for (String option : javaOptions) {
            options.append("<string>").append(option).append("</string>");
        }
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <plist version="1.0">
                <dict>
                    <key>Label</key><string>%s</string>
                    <key>ThrottleInterval</key><integer>1</integer>
                    <key>JavaOptions</key><array>%s</array>
                    %s
                </dict>
                </plist>
                """
                .formatted(label(name), options, keys);
    }

    /** Options that hold the JVM of a job at a step of its start until {@link #release}. */
    String[] hold(String name, String where) {
        Path fifo = container.base().resolve("hold." + name);
        container.run("mkfifo", fifo.toString()).succeeded();
        return new String[] {"-Ditests.hold=" + fifo, "-javaagent:" + jar + "=" + where};
    }

    /** Lets a held JVM go. */
    void release(String name) throws IOException {
        Files.writeString(container.base().resolve("hold." + name), "\n");
    }

    Optional<JsonObject> live(String label) {
        JsonObject job = container.jobs().get(label);
        return job == null || job.get("run").isJsonNull() ? Optional.empty() : Optional.of(job.getAsJsonObject("run"));
    }

    /** The id of the live run that was made ready; waits for it. */
    long awaitReady(String label) {
        container.await(
                label + " is ready",
                () -> live(label).filter(run -> !run.get("ready").isJsonNull()).isPresent());
        return live(label).orElseThrow().get("id").getAsLong();
    }

    long pid(String label) {
        return live(label).orElseThrow().get("pid").getAsLong();
    }

    /** What the last run of a job wrote; waits until it has this in it. */
    String awaitLog(String label, String text) {
        container.await("the log of " + label + " has \"" + text + "\"", () -> log(label)
                .contains(text));
        return log(label);
    }

    String log(String label) {
        return container.lares("log", label).out();
    }

    /** How a run ended; waits for it. */
    JsonObject awaitEnd(String label, long run) {
        container.await("run " + run + " of " + label + " has ended", () -> ended(label, run)
                .isPresent());
        return ended(label, run).orElseThrow().getAsJsonObject("end");
    }

    private Optional<JsonObject> ended(String label, long run) {
        return container.history(label).stream()
                .filter(it -> it.get("id").getAsLong() == run)
                .findFirst();
    }

    static String cause(JsonObject end) {
        return end.get("cause").getAsString();
    }

    static String detail(JsonObject end) {
        return end.get("detail").getAsString();
    }

    String explain(String label) {
        return container.lares("explain", label).succeeded().out();
    }

    Path folder(long run) {
        return container.base().resolve("data/lares/hosts/" + run);
    }

    /** Run and process of each of these jobs. */
    Map<String, String> runs(List<String> labels) {
        Map<String, String> runs = new TreeMap<>();
        Map<String, JsonObject> jobs = container.jobs();
        for (String label : labels) {
            JsonObject job = jobs.get(label);
            runs.put(
                    label,
                    job == null || job.get("run").isJsonNull()
                            ? "none"
                            : "run " + job.getAsJsonObject("run").get("id") + ", pid "
                                    + job.getAsJsonObject("run").get("pid"));
        }
        return runs;
    }

    /** That no process, no control group and no folder of a run is there any more. */
    void assertNothingLeft(String label, long run) {
        assertEquals(List.of(), Container.processesOf(label));
        assertEquals(List.of(), groups(label));
        assertEquals(false, Files.exists(folder(run)), "folder of run " + run);
    }

    /** The control groups of a job, or of all whose label begins so. */
    static List<String> groups(String label) {
        TreeSet<String> found = new TreeSet<>();
        try {
            Files.walkFileTree(Path.of("/sys/fs/cgroup"), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    if (folder.getFileName().toString().startsWith(label)) {
                        found.add(folder.toString());
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException othersGoMeanwhile) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException othersGoMeanwhile) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(found);
    }

    /** The folders of all hosts that the container knows. */
    List<String> folders() {
        Path hosts = container.base().resolve("data/lares/hosts");
        if (!Files.isDirectory(hosts)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(hosts)) {
            return entries.map(it -> it.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends, by force, whatever is left of the jobs of this object. */
    void kill() {
        ProcessHandle.allProcesses()
                .filter(it -> Container.labelOf(it.pid()).startsWith(prefix))
                .forEach(ProcessHandle::destroyForcibly);
    }

    /** The order of a host, which is there until its check-in. */
    Map<?, ?> order(long run) throws IOException {
        return (Map<?, ?>) Wire.decode(Files.readAllBytes(folder(run).resolve("order")));
    }
}
