package org.lares.shell.verb;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A log that is read line by line while others write, cut and rename it. Keeps at most one block and one line in memory.
 * Used by one thread.
 */
final class LogFile implements Closeable {
    /** Receives lines without their end. */
    interface Lines {
        void line(Path file, String line) throws IOException;
    }

    /** A line longer than this is handed out in parts. Bytes. */
    private static final int LONGEST = 16 * 1024;

    private static final int BLOCK = 64 * 1024;

    private final Path path;
    private final Object key;
    private final FileChannel channel;
    private final ByteBuffer line = ByteBuffer.allocate(LONGEST);
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
    private long position;

    private LogFile(Path path, Object key, FileChannel channel) {
        this.path = path;
        this.key = key;
        this.channel = channel;
    }

    static LogFile open(Path path) throws IOException {
        // a last component that is a link would let its owner choose what is read
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            return new LogFile(path, key(path), channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** What stays the same when the file is renamed. */
    static Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    Object key() {
        return key;
    }

    long position() {
        return position;
    }

    void position(long offset) {
        position = offset;
        line.clear();
    }

    /** Whether it is shorter than what was read of it. */
    boolean cut() throws IOException {
        return channel.size() < position;
    }

    /** Hands out all complete lines that are there. */
    void drain(Lines lines) throws IOException {
        for (; ; ) {
            block.clear();
            int read = channel.read(block, position);
            if (read <= 0) {
                return;
            }
            position += read;
            block.flip();
            while (block.hasRemaining()) {
                byte b = block.get();
                if (b == '\n') {
                    flush(lines);
                } else {
                    line.put(b);
                    if (!line.hasRemaining()) {
                        flush(lines);
                    }
                }
            }
        }
    }

    /** Hands out the rest, though its line has no end. */
    void finish(Lines lines) throws IOException {
        drain(lines);
        if (line.position() > 0) {
            flush(lines);
        }
    }

    private void flush(Lines lines) throws IOException {
        line.flip();
        String text = StandardCharsets.UTF_8.decode(line).toString();
        line.clear();
        lines.line(path, text);
    }

    /**
     * Goes back from the end by so many lines.
     *
     * @return how many of them lie before the start of this file
     */
    long back(long count) throws IOException {
        long end = channel.size();
        long found = 0;
        long at = end;
        boolean last = true;
        while (at > 0) {
            int length = (int) Math.min(BLOCK, at);
            block.clear().limit(length);
            int read = channel.read(block, at - length);
            if (read < length) {
                // cut while it was looked at: what is left is all there is
                position(0);
                return Math.max(0, count - found);
            }
            for (int i = length - 1; i >= 0; i--) {
                boolean lineEnd = block.get(i) == '\n';
                if (lineEnd && !last) {
                    found++;
                }
                if (found >= count && (lineEnd || last)) {
                    position(last && count == 0 ? end : at - length + i + 1);
                    return 0;
                }
                last = false;
            }
            at -= length;
        }
        position(0);
        return end == 0 ? count : Math.max(0, count - found - 1);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
