package org.lares.shell.door;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.lares.job.Caller;

/** Whom this container runs as, by the kernel's word. Any thread. */
public final class ContainerUser {
    private static final long UNSIGNED = 0xffff_ffffL;

    private ContainerUser() {}

    public static long uid() {
        return attribute("unix:uid");
    }

    /** The container itself, as a caller: whoever sits at its own console. */
    public static Caller caller() {
        return new Caller(
                uid(),
                attribute("unix:gid"),
                OptionalLong.of(ProcessHandle.current().pid()));
    }

    private static long attribute(String name) {
        try {
            return ((Number) Files.getAttribute(Path.of("/proc/self"), name)).longValue() & UNSIGNED;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell whom this container runs as: /proc is not there", e);
        }
    }
}
