package org.lares.supervisor.definition;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.lares.job.JobKind;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Remark.Severity;
import org.lares.job.Verification;
import org.lares.job.Work;

/**
 * Turns property lists and bundles' capabilities into validated definitions. Whatever the input: the answer is a
 * definition, or all that is wrong with it, each error with its file, line, key and remedy; never an exception, never a
 * part of a definition. Stateless; may be used from any thread, on which it reads the disk.
 */
public final class Definitions {
    /** More property lists than any folder has. */
    static final int MAX_FILES = 10_000;

    private final Surroundings surroundings;

    public Definitions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** A property list on disk. Refuses what others than root and the container's user could have written. */
    public Verification read(Path file) {
        try {
            byte[] content = DefinitionFile.read(file, surroundings.uid());
            return read(content, file.toString(), new Origin.FileOrigin(file));
        } catch (Unreadable e) {
            return new Reading(file.toString()).failed(e);
        }
    }

    /**
     * All {@code *.plist} of a folder, by name. A label that a file before has defined is an error of the later file. If
     * the folder itself cannot be taken, that is the one answer.
     */
    public List<Verification> readFolder(Path folder) {
        List<Remark> objections = DefinitionFile.checkFolder(folder, surroundings.uid());
        if (!objections.isEmpty()) {
            return List.of(new Verification(folder.toString(), Optional.empty(), objections));
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.plist")) {
            for (Path file : found) {
                if (files.size() == MAX_FILES) {
                    throw new IOException("there are more than " + MAX_FILES + " property lists");
                }
                files.add(file);
            }
        } catch (IOException e) {
            return List.of(new Reading(folder.toString())
                    .failed(DefinitionFile.unreadable(new Place(folder.toString(), 0), e)));
        }
        files.sort(null);
        List<Verification> read = new ArrayList<>();
        Map<Label, String> defined = new HashMap<>();
        for (Path file : files) {
            Verification verification = read(file);
            read.add(verification.spec().isPresent() ? once(verification, defined) : verification);
        }
        return read;
    }

    private static Verification once(Verification verification, Map<Label, String> defined) {
        Label label = verification.spec().orElseThrow().label();
        String before = defined.putIfAbsent(label, verification.where());
        if (before == null) {
            return verification;
        }
        List<Remark> remarks = new ArrayList<>();
        remarks.add(new Remark(
                Severity.ERROR,
                verification.where(),
                0,
                "Label",
                label + " is defined by " + before + " too",
                "remove one of the two or rename it"));
        remarks.addAll(verification.remarks());
        return new Verification(verification.where(), Optional.empty(), remarks);
    }

    /**
     * A property list as bytes.
     *
     * @param where what remarks name as its place
     */
    public Verification read(byte[] content, String where, Origin origin) {
        Reading reading = new Reading(where);
        try {
            Value.Dict dict = PropertyList.read(content, where);
            Checking checking = new Checking(reading.remarks());
            checking.check(dict);
            Fields definition = new Fields(dict);
            if (!definition.has("Label") && !checking.misspelt("Label")) {
                reading.error(dict.at(), "Label", "is missing", "add it: the name of the job, such as com.acme.clock");
            }
            Optional<Work> work = new ProgramReading(definition, reading, surroundings).work(checking);
            return reading.finish(
                    definition,
                    JobKind.DAEMON,
                    origin,
                    work,
                    Optional.of(new PolicyReading(definition, reading).policy()));
        } catch (Unreadable e) {
            return reading.failed(e);
        }
    }

    /**
     * The definition that a bundle carries: the attributes of its capability {@code org.lares.job} ({@code label}, {@code
     * kind}, {@code definition} and launchd's scalar keys under their own names), and the property list inside of it that
     * {@code definition} names.
     *
     * @param entry opens a file of the bundle; empty if it is not there. The stream is closed here
     */
    public Verification ofBundle(
            long bundleId,
            String symbolicName,
            String version,
            Map<String, Object> attributes,
            Function<String, Optional<InputStream>> entry) {
        Origin.BundleOrigin origin = new Origin.BundleOrigin(bundleId, symbolicName, version);
        return new BundleDefinition(origin, attributes, entry).read();
    }
}
