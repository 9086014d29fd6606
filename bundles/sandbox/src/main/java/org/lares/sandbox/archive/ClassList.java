package org.lares.sandbox.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a JVM wrote by -XX:DumpLoadedClassList, as far as it is let through: names of classes, without ids and sources, so
 * that a dump finds them on its own class path and in its JDK or not at all; and the three known kinds of hints. The file
 * is a stranger's: its job can write anything into it, and anything into its place.
 *
 * <p>JDK 17 and 25 write each line through as the class is loaded, so that the list of a running JVM can be used. The
 * hints {@code @cp} are written by JDK 25 at an orderly exit only.
 *
 * @param lines without their ends
 * @param bytes of the file that they come from
 * @param hints whether there are {@code @cp} lines
 */
record ClassList(List<String> lines, long bytes, boolean hints) {
    /** In a run's folder. */
    static final String FILE = "classes.list";

    private static final int MOST_BYTES = 4 << 20;
    private static final int MOST_LINES = 50_000;
    /** HotSpot's own limit is 4096. */
    private static final int LONGEST = 4000;

    private static final String NAME = "[A-Za-z_$][A-Za-z0-9_$]*(?:[/-][A-Za-z0-9_$]+)*";

    private static final Pattern CLASS = Pattern.compile("(" + NAME + ")(?: id: \\d{1,9})?");
    private static final Pattern CP = Pattern.compile("@cp (" + NAME + ")(?: \\d{1,5}){1,2000}");
    private static final Pattern INVOKER =
            Pattern.compile("@lambda-form-invoker \\[[A-Z_]{1,40}\\](?: [A-Za-z0-9_$./]+){1,4}");
    private static final Pattern PROXY =
            Pattern.compile("@lambda-proxy " + NAME + "(?: [A-Za-z0-9_$/;()\\[<>-]+){1,40}");

    /**
     * @param start bytes at the begin whose classes count; of what follows only their hints do
     * @return empty if there is no class in it
     * @throws IOException if there is no such file, or something else in its place
     */
    static Optional<ClassList> read(Path file, long start) throws IOException {
        byte[] bytes = bytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<String> lines = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean hints = false;
        int from = 0;
        // What follows the last end of line is a line that is still being written.
        for (int end = text.indexOf('\n'); end >= 0 && lines.size() < MOST_LINES; end = text.indexOf('\n', from)) {
            boolean late = from >= start;
            if (end - from <= LONGEST) {
                String line = text.substring(from, end);
                Matcher type = CLASS.matcher(line);
                Matcher hint = CP.matcher(line);
                if (type.matches()) {
                    if (!late && names.add(type.group(1))) {
                        lines.add(type.group(1));
                    }
                } else if (hint.matches()) {
                    if (names.contains(hint.group(1))) {
                        lines.add(line);
                        hints = true;
                    }
                } else if (!late
                        && (INVOKER.matcher(line).matches()
                                || PROXY.matcher(line).matches())) {
                    lines.add(line);
                }
            }
            from = end + 1;
        }
        return names.isEmpty() ? Optional.empty() : Optional.of(new ClassList(lines, Math.min(from, start), hints));
    }

    /**
     * Opened for writing as well: so the opening of a FIFO does not wait for its other end (fifo(7)), and the read at a
     * position then fails.
     */
    private static byte[] bytes(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(channel.size(), MOST_BYTES));
            int count = channel.read(buffer, 0);
            while (count > 0 && buffer.hasRemaining()) {
                count = channel.read(buffer, buffer.position());
            }
            byte[] bytes = new byte[buffer.position()];
            buffer.flip();
            buffer.get(bytes);
            return bytes;
        }
    }
}
