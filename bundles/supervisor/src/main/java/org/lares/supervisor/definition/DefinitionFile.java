package org.lares.supervisor.definition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lares.job.Remark;
import org.lares.job.Remark.Severity;

/**
 * Reads a file that may decide what runs as root: only a plain one, that nobody but its owner can write, in a folder of
 * which the same holds, the owner being root or the container's user (launchctl's path check). Never waits for a writer.
 */
final class DefinitionFile {
    private static final int TYPE = 0170000;
    private static final int REGULAR = 0100000;
    private static final int FOLDER = 0040000;
    private static final int LINK = 0120000;
    private static final int PIPE = 0010000;
    private static final int SOCKET = 0140000;
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_OTHERS = 0022;

    private DefinitionFile() {}

    static byte[] read(Path file, long uid) throws Unreadable {
        Place place = new Place(file.toString(), 0);
        try {
            Map<String, Object> attributes = attributes(file, LinkOption.NOFOLLOW_LINKS);
            int mode = mode(attributes);
            if ((mode & TYPE) != REGULAR) {
                throw new Unreadable(place, "it is " + kind(mode) + ", not a plain file", remedy(mode));
            }
            List<Remark> objections = new ArrayList<>();
            object(file.toString(), "the file", file, attributes, uid, objections);
            Path folder = file.toAbsolutePath().getParent();
            object(file.toString(), "its folder " + folder, folder, attributes(folder), uid, objections);
            if (!objections.isEmpty()) {
                throw new Unreadable(objections);
            }
            return content(file, place);
        } catch (IOException e) {
            throw unreadable(place, e);
        }
    }

    /** What speaks against taking definitions from a folder. */
    static List<Remark> checkFolder(Path folder, long uid) {
        List<Remark> objections = new ArrayList<>();
        try {
            Map<String, Object> attributes = attributes(folder);
            if ((mode(attributes) & TYPE) != FOLDER) {
                throw new Unreadable(new Place(folder.toString(), 0), "it is no folder", "name a folder");
            }
            object(folder.toString(), "the folder", folder, attributes, uid, objections);
        } catch (Unreadable e) {
            return e.remarks();
        } catch (IOException e) {
            return unreadable(new Place(folder.toString(), 0), e).remarks();
        }
        return objections;
    }

    static Unreadable unreadable(Place place, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new Unreadable(place, "it does not exist", "correct the path");
        }
        if (e instanceof AccessDeniedException) {
            return new Unreadable(
                    place,
                    "the container may not read it",
                    "chmod u+r " + place.where() + ", or chown it to the container");
        }
        return new Unreadable(place, "it cannot be read: " + e.getMessage(), "mend that and try again");
    }

    private static byte[] content(Path file, Place place) throws IOException, Unreadable {
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            if (channel.size() > PropertyList.MAX_BYTES) {
                throw PropertyList.tooLarge(place);
            }
            // One more than was there: a file that grows meanwhile is noticed.
            ByteBuffer buffer = ByteBuffer.allocate((int) channel.size() + 1);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
            if (!buffer.hasRemaining()) {
                throw new Unreadable(place, "it changes while it is read", "try again when it is written");
            }
            return Arrays.copyOf(buffer.array(), buffer.position());
        }
    }

    private static void object(
            String where, String noun, Path path, Map<String, Object> attributes, long uid, List<Remark> objections) {
        int mode = mode(attributes);
        long owner = ((Number) attributes.get("uid")).longValue();
        boolean shared = (mode & TYPE) == FOLDER && (mode & STICKY) != 0;
        if ((mode & WRITABLE_BY_OTHERS) != 0 && !shared) {
            objections.add(new Remark(
                    Severity.ERROR,
                    where,
                    0,
                    "",
                    noun + " can be written by others than its owner (mode " + String.format("%04o", mode & 07777)
                            + ")",
                    "chmod go-w " + path));
        }
        if (owner != 0 && owner != uid) {
            objections.add(new Remark(
                    Severity.ERROR,
                    where,
                    0,
                    "",
                    noun + " belongs to uid " + owner + ", neither root nor the container's user (" + uid + ")",
                    "chown " + uid + " " + path));
        }
    }

    private static Map<String, Object> attributes(Path path, LinkOption... options) throws IOException {
        return Files.readAttributes(path, "unix:uid,mode", options);
    }

    private static int mode(Map<String, Object> attributes) {
        return ((Number) attributes.get("mode")).intValue();
    }

    private static String kind(int mode) {
        return switch (mode & TYPE) {
            case FOLDER -> "a folder";
            case LINK -> "a symbolic link";
            case PIPE -> "a named pipe";
            case SOCKET -> "a socket";
            default -> "a device";
        };
    }

    private static String remedy(int mode) {
        return (mode & TYPE) == LINK ? "name the file that it leads to" : "name a property list";
    }
}
