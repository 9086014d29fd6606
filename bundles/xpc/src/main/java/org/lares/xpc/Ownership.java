package org.lares.xpc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.regex.Pattern;

/** Who owns what in the file system, by number and without native code. */
final class Ownership {
    static final long ROOT = 0;
    private static final Pattern FIELDS = Pattern.compile("\\s+");
    private static final Set<PosixFilePermission> FOREIGN_WRITE =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private Ownership() {}

    /** Our effective uid. The owner of /proc/self would not do: that is root for a process that may not be dumped. */
    static long self() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Uid:")) {
                return Long.parseLong(FIELDS.split(line, 0)[2]);
            }
        }
        throw new IOException("/proc/self/status tells no uid");
    }

    static long owner(Path path) throws IOException {
        return ((Number) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue();
    }

    /** Whether it is a folder, not a link to one, in which nobody but the owner makes or removes files. */
    static boolean closedFolder(Path folder) throws IOException {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS).stream()
                        .noneMatch(FOREIGN_WRITE::contains);
    }

    /** A folder that is not there has no owner: false. */
    static boolean closedFolderOf(long uid, Path folder) throws IOException {
        try {
            return closedFolder(folder) && owner(folder) == uid;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
