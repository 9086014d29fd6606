package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lares.job.Label;
import org.lares.job.RunId;

public final class Logs implements AutoCloseable {
    private final Path folder;
    private Logs(Path f) { folder = f; }
    public static Logs open(Path f) throws IOException { Files.createDirectories(f); return new Logs(f); }
    public Path create(Label l, RunId r) throws IOException { Path p = adopt(l, r); Files.createDirectories(p.getParent()); return Files.createFile(p); }
    public Path adopt(Label l, RunId r) { return folder.resolve(l.value()).resolve(r + ".log"); }
    public void closed(Label l, RunId r) {}
    public List<Path> of(Label l) { try (var s = Files.list(folder.resolve(l.value()))) { return s.sorted().toList(); } catch (IOException e) { return List.of(); } }
    @Override public void close() {}
}
