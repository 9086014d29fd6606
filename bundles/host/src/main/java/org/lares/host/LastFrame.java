package org.lares.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.host.FromHost;
import org.lares.xpc.host.Order;

/**
 * The last word of a host as a file, for a container that is away or does not hear it. It is whole or not there; a later
 * word replaces the one before. It is not synced: it has to survive the process, not the machine.
 */
final class LastFrame {
    private final Path file;
    private final Path draft;

    /** @param folder of the host, see {@link Order#folder} */
    LastFrame(Path folder) {
        file = folder.resolve(Order.LAST_FRAME);
        draft = folder.resolve(Order.LAST_FRAME + ".new");
    }

    /** One writer at a time. A frame that cannot be written is said in the log, and costs nothing else. */
    synchronized void write(FromHost.Last last) {
        try {
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(draft, Cbor.encode(last.message()));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Log.warn("cannot write " + file + ": " + e + "; the container will know only the exit status");
        }
    }
}
