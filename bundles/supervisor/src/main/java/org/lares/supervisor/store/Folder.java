package org.lares.supervisor.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;

/** A folder that is ours alone: a real one, of the user who runs this, with mode 0700. */
final class Folder {
    static final FileAttribute<?> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Set<PosixFilePermission> OWNER = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private Folder() {}

    /**
     * Creates the folder if there is none; its parents with the usual modes.
     *
     * @throws IOException if there is one that is not ours alone; the message is reason and remedy
     */
    static void own(Path folder) throws IOException {
        if (folder.toAbsolutePath().getParent() != null) {
            Files.createDirectories(folder.toAbsolutePath().getParent());
        }
        try {
            Files.createDirectory(folder, PRIVATE_FOLDER);
            return;
        } catch (FileAlreadyExistsException e) {
            check(folder);
        }
    }

    private static void check(Path folder) throws IOException {
        PosixFileAttributes found = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isDirectory()) {
            throw new IOException("it is not a folder; move it away");
        }
        // The owner of /proc/self is the user that the kernel checks; user.name is only a property.
        UserPrincipal user = Files.getOwner(Path.of("/proc/self"));
        if (!found.owner().equals(user)) {
            throw new IOException("it belongs to " + found.owner().getName() + " and this runs as " + user.getName()
                    + "; chown it or name another folder");
        }
        if (!OWNER.containsAll(found.permissions())) {
            throw new IOException("others may use it (" + PosixFilePermissions.toString(found.permissions())
                    + "); see what they left there, then chmod 700 it");
        }
    }

    /** Makes creations, renames and deletions in the folder survive a power failure. */
    static void sync(Path folder) throws IOException {
        // An interrupt closes a channel under force; it is for whoever waits next, not for us.
        boolean interrupted = Thread.interrupted();
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
