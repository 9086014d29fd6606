package org.lares.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lares.job.Work.ProgramWork;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;

/**
 * A program job of which all was looked up and looked at. What was found right may be wrong a moment later; the start
 * itself finds that out again, in shorter words.
 *
 * @param program what to execute, absolute
 * @param user whose right it gets, where it is not the container's own
 * @param gid its group, where it is not the container's own
 * @param home the user it has its surroundings from: the named one, else the container's unless that is root
 */
record Preparation(
        Account container, Path program, Optional<Posix.User> user, Optional<Long> gid, Optional<Posix.User> home) {

    /** Where programs without a folder are looked for; launchd's _PATH_STDPATH. */
    static final String STANDARD_PATH = "/usr/bin:/bin:/usr/sbin:/sbin";

    /** What the kernel reads of a script to find its interpreter. */
    private static final int SHEBANG_BYTES = 256;

    private static final int FILE_TYPE = 0170000;
    private static final int FIFO = 0010000;
    private static final int SOCKET = 0140000;

    /** @throws RefusedException with the first obstacle found, down to its leaf */
    static Preparation of(ProgramWork work, Account container) throws RefusedException {
        try {
            return look(work, container);
        } catch (PosixException e) {
            throw new RefusedException(
                    "the user database could not be asked: " + e.getMessage(),
                    "check /etc/nsswitch.conf and its services");
        }
    }

    private static Preparation look(ProgramWork work, Account container) throws RefusedException, PosixException {
        Optional<Posix.User> named = user(work);
        Optional<Long> group = group(work);
        Optional<Posix.User> other = named.filter(user -> user.uid() != container.uid());
        Optional<Long> gid =
                group.or(() -> other.map(Posix.User::gid)).filter(id -> other.isPresent() || id != container.gid());
        if (!container.root() && (other.isPresent() || gid.isPresent())) {
            throw new RefusedException(
                    other.isPresent()
                            ? "it is to run as user " + other.get().name() + ", which this container may not do as uid "
                                    + container.uid()
                            : "it is to run in group " + work.group().orElse("")
                                    + ", which this container may not do as uid " + container.uid(),
                    "load it in the system container, which runs as root, or remove UserName and GroupName");
        }
        if (!container.root() && work.nice().isPresent() && work.nice().getAsInt() < container.nice()) {
            throw new RefusedException(
                    "Nice " + work.nice().getAsInt() + " is below the container's own " + container.nice()
                            + ", which uid " + container.uid() + " may not ask for",
                    "raise Nice or load it in the system container");
        }
        directory(work);
        boolean own = other.isEmpty();
        files(work, own);
        Path program = program(work, own);
        Optional<Posix.User> home = named.or(() -> container.root() ? Optional.empty() : container.user());
        return new Preparation(container, program, other, gid, home);
    }

    private static Optional<Posix.User> user(ProgramWork work) throws RefusedException, PosixException {
        if (work.user().isEmpty()) {
            return Optional.empty();
        }
        String name = work.user().get();
        return Optional.of(Posix.user(name)
                .orElseThrow(() -> new RefusedException("there is no user " + name, "create it or correct UserName")));
    }

    private static Optional<Long> group(ProgramWork work) throws RefusedException, PosixException {
        if (work.group().isEmpty()) {
            return Optional.empty();
        }
        String name = work.group().get();
        return Optional.of(Posix.group(name)
                .orElseThrow(() -> new RefusedException("there is no group " + name, "create it or correct GroupName"))
                .gid());
    }

    private static void directory(ProgramWork work) throws RefusedException {
        if (work.workingDirectory().isEmpty()) {
            return;
        }
        Path directory = work.workingDirectory().get();
        if (!Files.exists(directory)) {
            throw missing(
                    "its working directory " + directory + " is missing",
                    directory,
                    "create it or correct WorkingDirectory");
        }
        if (!Files.isDirectory(directory)) {
            throw new RefusedException(
                    "its working directory " + directory + " is not a folder", "correct WorkingDirectory");
        }
    }

    private static void files(ProgramWork work, boolean own) throws RefusedException {
        if (work.standardIn().isPresent()) {
            Path in = work.standardIn().get();
            if (!Files.exists(in)) {
                throw missing("its standard input " + in + " is missing", in, "create it or correct StandardInPath");
            }
            plain("StandardInPath", in);
            if (own && !Files.isReadable(in)) {
                throw new RefusedException("its standard input " + in + " cannot be read", "correct its mode or owner");
            }
        }
        output("StandardOutPath", work.standardOut(), own);
        output("StandardErrorPath", work.standardError(), own);
    }

    private static void output(String key, Optional<Path> path, boolean own) throws RefusedException {
        if (path.isEmpty()) {
            return;
        }
        Path file = path.get();
        if (Files.exists(file)) {
            plain(key, file);
            if (own && !Files.isWritable(file)) {
                throw new RefusedException(
                        "its log " + file + " cannot be written", "correct its mode or owner, or " + key);
            }
            return;
        }
        Path folder = file.getParent();
        if (folder == null || !Files.exists(folder)) {
            throw missing(
                    "its log " + file + " cannot be created",
                    folder == null ? file : folder,
                    "create the folder or correct " + key);
        }
        if (own && !Files.isWritable(folder)) {
            throw new RefusedException(List.of(
                    "its log " + file + " cannot be created",
                    "the folder " + folder + " cannot be written; correct its mode or owner, or " + key));
        }
    }

    /** Opening a pipe would wait for its other side, and hold up the starts of others. */
    private static void plain(String key, Path file) throws RefusedException {
        int type;
        try {
            type = (int) Files.getAttribute(file, "unix:mode") & FILE_TYPE;
        } catch (IOException e) {
            throw new RefusedException(key + " " + file + " cannot be looked at: " + e.getMessage(), "correct " + key);
        }
        if (type == FIFO || type == SOCKET || Files.isDirectory(file)) {
            throw new RefusedException(
                    key + " " + file + " is a " + (type == FIFO ? "pipe" : type == SOCKET ? "socket" : "folder"),
                    "name a file or a device");
        }
    }

    private static Path program(ProgramWork work, boolean own) throws RefusedException {
        String name = work.program();
        if (name.indexOf('/') < 0) {
            return find(name, STANDARD_PATH)
                    .orElseThrow(() -> new RefusedException(
                            "there is no program " + name + " in " + STANDARD_PATH,
                            "install it or give its full path"));
        }
        Path program = Path.of(name);
        if (!program.isAbsolute()) {
            throw new RefusedException("the program " + name + " is named by a relative path", "give its full path");
        }
        if (!Files.exists(program)) {
            throw missing("the program " + program + " is missing", program, "install it or correct Program");
        }
        if (Files.isDirectory(program)) {
            throw new RefusedException("the program " + program + " is a folder", "name the file in it");
        }
        if (!Files.isExecutable(program)) {
            throw new RefusedException("the program " + program + " is not executable", "chmod +x " + program);
        }
        interpreter(work, program, own);
        return program;
    }

    private static void interpreter(ProgramWork work, Path program, boolean own) throws RefusedException {
        // Not for another user: it might be a pipe by the time it is opened, in a folder of that user.
        if (!own || !Files.isRegularFile(program)) {
            return;
        }
        String line;
        try (InputStream in = Files.newInputStream(program)) {
            line = new String(in.readNBytes(SHEBANG_BYTES), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // An executable need not be readable.
            return;
        }
        if (!line.startsWith("#!")) {
            return;
        }
        String[] words = line.substring(2, line.indexOf('\n') < 0 ? line.length() : line.indexOf('\n'))
                .strip()
                .split("[ \t]+", 3);
        String first = "the program " + program + " cannot be run";
        Path interpreter = Path.of(words[0]);
        if (!Files.isExecutable(interpreter)) {
            throw new RefusedException(List.of(
                    first,
                    "its interpreter " + interpreter + " is "
                            + (Files.exists(interpreter) ? "not executable" : "missing")
                            + "; install it or correct the first line"));
        }
        if (words.length > 1
                && interpreter.endsWith("env")
                && words[1].matches("[A-Za-z0-9_.+-]+")
                && !words[1].startsWith("-")) {
            String path = work.environment().getOrDefault("PATH", STANDARD_PATH);
            if (find(words[1], path).isEmpty()) {
                throw new RefusedException(List.of(
                        first,
                        "its interpreter " + words[1] + " is not in its PATH " + path
                                + "; install it or set PATH in EnvironmentVariables"));
            }
        }
    }

    static Optional<Path> find(String name, String path) {
        for (String folder : path.split(":", -1)) {
            Path candidate = Path.of(folder.isEmpty() ? "/" : folder, name);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** Names the topmost folder that is not there, or the link that leads nowhere. */
    private static RefusedException missing(String what, Path path, String remedy) {
        if (Files.isSymbolicLink(path)) {
            return new RefusedException(List.of(what, path + " is a link to nothing; " + remedy));
        }
        Path gone = path;
        while (gone.getParent() != null && !Files.exists(gone.getParent(), LinkOption.NOFOLLOW_LINKS)) {
            gone = gone.getParent();
        }
        List<String> steps = new ArrayList<>();
        if (gone.equals(path)) {
            steps.add(what + "; " + remedy);
        } else {
            steps.add(what);
            steps.add("the folder " + gone + " does not exist; " + remedy);
        }
        return new RefusedException(steps);
    }
}
