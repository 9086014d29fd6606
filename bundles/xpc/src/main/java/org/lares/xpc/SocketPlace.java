package org.lares.xpc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Where the socket of a container is: the same answer in the container and in its clients, whoever runs them. The owner
 * of the base folder decides, not the caller:
 *
 * <ol>
 *   <li>{@code LARES_RUN_DIR}, system property or else environment variable, if set;
 *   <li>{@code /run/lares} if root owns the base folder;
 *   <li>{@code $XDG_RUNTIME_DIR/lares} if the caller owns both the base folder and that one;
 *   <li>{@code /run/user/<uid>/lares} if that user has such a folder;
 *   <li>{@code /tmp/lares-<uid>}.
 * </ol>
 *
 * Runtime folders come and go with logins, and not every process has the variable. So a socket that exists, in a folder
 * that only its rightful owner can write, goes before the order of the list.
 */
public final class SocketPlace {

    private SocketPlace() {}

    /**
     * The socket of the container with this base folder, whether or not it runs. Any thread. Creates nothing.
     *
     * @throws UncheckedIOException if there is no such folder or it cannot be reached
     */
    public static Path of(Path base) {
        String fixed = System.getProperty("LARES_RUN_DIR", System.getenv("LARES_RUN_DIR"));
        try {
            if (fixed != null) {
                return Path.of(fixed).toAbsolutePath().resolve(name(base));
            }
            long owner = Ownership.owner(base.toRealPath());
            List<Path> folders = folders(owner, Ownership.self(), System.getenv(), Path.of("/"));
            return choose(folders, owner, name(base));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot locate the container " + base + ": " + e, e);
        }
    }

    /** Best first; each could hold the socket. */
    static List<Path> folders(long owner, long caller, Map<String, String> environment, Path root) throws IOException {
        if (owner == Ownership.ROOT) {
            return List.of(root.resolve("run/lares"));
        }
        List<Path> folders = new ArrayList<>();
        String runtime = environment.get("XDG_RUNTIME_DIR");
        if (owner == caller && runtime != null && Path.of(runtime).isAbsolute()) {
            addIfOwned(folders, owner, Path.of(runtime));
        }
        addIfOwned(folders, owner, root.resolve("run/user/" + owner));
        folders.add(root.resolve("tmp/lares-" + owner));
        return folders;
    }

    private static void addIfOwned(List<Path> folders, long owner, Path runtime) throws IOException {
        if (Ownership.closedFolderOf(owner, runtime)) {
            folders.add(runtime.resolve("lares"));
        }
    }

    static Path choose(List<Path> folders, long owner, String name) throws IOException {
        for (Path folder : folders) {
            // In /tmp anyone may have been first with the name: a client must not fall for that one's socket.
            if ((Ownership.closedFolderOf(owner, folder) || Ownership.closedFolderOf(Ownership.ROOT, folder))
                    && Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                return folder.resolve(name);
            }
        }
        return folders.get(0).resolve(name);
    }

    /** Hashed, as the address of a socket has 108 bytes; of the URI, which does not depend on the locale's charset. */
    private static String name(Path base) throws IOException {
        byte[] path = base.toRealPath().toUri().getRawPath().getBytes(StandardCharsets.US_ASCII);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(path);
            return HexFormat.of().formatHex(hash, 0, 8) + ".sock";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
