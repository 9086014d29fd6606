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
import java.util.OptionalLong;
import java.util.function.Function;
import org.lares.job.Isolation;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Remark.Severity;
import org.lares.job.Verification;
import org.lares.job.Work;
import org.lares.job.annotations.JobComponent;

/**
 * Turns property lists and bundles' capabilities into validated definitions. Whatever the input: the answer is a
 * definition, or all that is wrong with it, each error with its file, line, key and remedy; never an exception, never a
 * part of a definition. Stateless; may be used from any thread, on which it reads the disk.
 */
public final class Definitions {
    /** More property lists than any folder has. */
    static final int MAX_FILES = 10_000;

    /** The framework gives no such id: what the bundle would be if it were installed. */
    private static final long NOT_INSTALLED = -1;

    private final Surroundings surroundings;
    private final Function<Label, Optional<Overlay>> overlays;

    /** Of definitions that stand as they are written. */
    public Definitions(Surroundings surroundings) {
        this(surroundings, label -> Optional.empty());
    }

    /** @param overlays what the administrator says about a job at present; asked on the thread that reads */
    public Definitions(Surroundings surroundings, Function<Label, Optional<Overlay>> overlays) {
        this.surroundings = surroundings;
        this.overlays = overlays;
    }

    /**
     * A property list on disk, or for a name that ends in {@code .jar} the definition that this bundle carries, as it
     * would be if it were installed. Refuses property lists that others than root and the container's user could have
     * written.
     */
    public Verification read(Path file) {
        if (isJar(file)) {
            return ofJar(file);
        }
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
            Fields list = new Fields(dict);
            if (!list.has("Bundle")) {
                return assemble(reading, origin, dict, this::program);
            }
            for (String key : BundleReading.PROGRAM_KEYS) {
                if (list.has(key)) {
                    reading.error(
                            list.at(key),
                            key,
                            "says how a program is run, but this job is a bundle",
                            "remove it, or remove Bundle");
                }
            }
            Optional<BundleLocation> location = list.text("Bundle").flatMap(BundleLocation::of);
            Optional<BundleJar> jar = location.isPresent() ? jar(list, location.get(), reading) : Optional.empty();
            Value.Dict whole = jar.isPresent() ? joined(dict, jar.get(), reading) : dict;
            return assemble(
                    reading,
                    origin,
                    whole,
                    (definition, r, checking) -> location.map(found -> new BundleReading(definition, r)
                            .elsewhere(found, jar.map(BundleJar::symbolicName).orElse(found.name()))));
        } catch (Unreadable e) {
            return reading.failed(e);
        }
    }

    private interface WorkReading {
        /** Empty, or not to be relied on, if an error was found. */
        Optional<Work> read(Fields definition, Reading reading, Checking checked);
    }

    private Optional<Work> program(Fields definition, Reading reading, Checking checked) {
        return new ProgramReading(definition, reading, surroundings).work(checked);
    }

    private Verification assemble(Reading reading, Origin origin, Value.Dict written, WorkReading works) {
        Optional<Overlay> overlay = new Fields(written)
                .text("Label")
                .filter(Label::isValid)
                .flatMap(label -> overlays.apply(Label.of(label)));
        Value.Dict dict = overlay.isPresent() ? overlay.get().over(written, reading.remarks()) : written;
        Checking checking = new Checking(reading.remarks());
        checking.check(dict);
        Fields definition = new Fields(dict);
        if (!definition.has("Label") && !checking.misspelt("Label")) {
            reading.error(
                    dict.at(),
                    origin instanceof Origin.BundleOrigin ? BundleDefinition.LABEL : "Label",
                    "is missing",
                    "add it: the name of the job, such as com.acme.clock");
        }
        Optional<Work> work = works.read(definition, reading, checking);
        return reading.finish(
                definition,
                origin,
                work,
                new PolicyReading(definition, reading).policy(),
                overlay.map(Overlay::places).orElse(Map.of()));
    }

    /** Empty, with a remark, if it is not there: it may come later. */
    private static Optional<BundleJar> jar(Fields list, BundleLocation location, Reading reading) throws Unreadable {
        if (location.file().isEmpty()) {
            return Optional.empty();
        }
        Path file = location.file().get();
        if (!Files.exists(file)) {
            reading.note(
                    list.at("Bundle"),
                    "Bundle",
                    "the bundle " + Quote.shorten(file.toString()) + " does not exist: every start will fail",
                    "build it or correct the path");
            return Optional.empty();
        }
        return Optional.of(BundleJar.read(file));
    }

    /** The list wins over the bundle's own definition, key by key; what the bundle is called and where it runs it says alone. */
    private static Value.Dict joined(Value.Dict list, BundleJar jar, Reading reading) throws Unreadable {
        if (jar.definitions().isEmpty()) {
            return list;
        }
        List<Value.Entry> entries = new ArrayList<>(list.entries());
        Fields given = new Fields(list);
        for (Value.Entry entry : carried(jar, reading).entries()) {
            boolean ofList = entry.key().equals("Label") || isUnconfined(entry) || given.has(entry.key());
            if (!ofList) {
                entries.add(entry);
            }
        }
        return new Value.Dict(list.at(), entries);
    }

    /** A bundle that asks for the sandbox is never taken without it for the want of a word in the list. */
    private static boolean isUnconfined(Value.Entry entry) {
        return entry.key().equals("Isolation")
                && !(entry.value() instanceof Value.Text text && text.text().equals("Sandbox"));
    }

    private static Value.Dict carried(BundleJar jar, Reading reading) throws Unreadable {
        Place place = new Place(jar.file().toString(), 0);
        if (jar.definitions().size() > 1) {
            throw new Unreadable(
                    place,
                    "it carries " + jar.definitions().size() + " definitions, and a bundle is one job",
                    "make a bundle of each, or keep one");
        }
        return new BundleDefinition(place, jar.definitions().get(0), jar::open, reading).read();
    }

    /** Whether {@link #read(Path)} takes it for a bundle. */
    public static boolean isJar(Path file) {
        return file.toString().endsWith(".jar");
    }

    private Verification ofJar(Path file) {
        Reading reading = new Reading(file.toString());
        try {
            BundleJar jar = BundleJar.read(file);
            if (jar.definitions().isEmpty()) {
                throw new Unreadable(
                        new Place(file.toString(), 0),
                        "it carries no definition (capability " + JobComponent.NAMESPACE + ")",
                        "annotate its component with @LaunchDaemon, or name it in a property list (Bundle)");
            }
            Value.Dict dict = carried(jar, reading);
            return assemble(reading, new Origin.FileOrigin(file), dict, (definition, r, checking) -> {
                Work.BundleWork installed =
                        new BundleReading(definition, r).installed(NOT_INSTALLED, jar.symbolicName());
                return Optional.of(
                        installed.isolation() == Isolation.CONTAINER
                                ? installed
                                : new Work.BundleWork(
                                        OptionalLong.empty(),
                                        jar.symbolicName(),
                                        Optional.of(file.toAbsolutePath().toString()),
                                        installed.isolation(),
                                        installed.host(),
                                        installed.limits()));
            });
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
        Reading reading = new Reading(origin.text());
        try {
            Value.Dict dict = new BundleDefinition(new Place(origin.text(), 0), attributes, entry, reading).read();
            return assemble(
                    reading,
                    origin,
                    dict,
                    (definition, r, checking) ->
                            Optional.of(new BundleReading(definition, r).installed(bundleId, symbolicName)));
        } catch (Unreadable e) {
            return reading.failed(e);
        }
    }
}
