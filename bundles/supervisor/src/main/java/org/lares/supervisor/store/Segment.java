package org.lares.supervisor.store;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One file of the store: a header, then frames, each appended whole and guarded by checksums.
 *
 * <p>Written by one thread. {@link #end} may be read by any thread: what lies before it is complete. Files are written
 * through {@link RandomAccessFile}, since a channel is closed for good when its thread is interrupted.
 */
final class Segment implements Closeable {

    static final int HEADER = 44;
    static final int FRAME_HEADER = 28;

    /** Bytes of a frame without its header. */
    static final int LARGEST_PAYLOAD = 16 << 20;

    /** Bytes of a file; no reader takes more memory than this. */
    static final long LARGEST_FILE = 128 << 20;

    /** "LARESLOG". */
    private static final long MAGIC = 0x4c415245534c4f47L;

    private final Header header;
    private final RandomAccessFile file;
    private volatile long end;

    /** Whether there may be bytes behind {@link #end}. */
    private boolean dirty;

    private boolean trusted = true;

    /**
     * What a file says about itself.
     *
     * @param mark random, first in each frame of this file: text that a job had written down cannot pass for a frame
     * @param firstSequence of its first frame; sequence numbers grow by one per frame, over all files
     */
    record Header(int version, long number, long mark, long firstSequence) {}

    /**
     * A whole frame.
     *
     * @param end where it ends in its file
     */
    record Frame(long sequence, long end, ByteBuffer payload) {}

    /** Bytes that are no frames and have frames behind them, or frames that are missing (then {@code from == to}). */
    record Damage(long from, long to) {}

    /**
     * A file as it was found.
     *
     * @param end of the last whole frame
     * @param size of the file; more than {@code end} if there is a tail that is no whole frame
     * @param tailWhole whether the tail has the length of a frame and wrong contents: that is no interrupted append
     */
    record Content(Header header, List<Frame> frames, List<Damage> damage, long end, long size, boolean tailWhole) {

        long nextSequence() {
            return frames.isEmpty() ? header.firstSequence : frames.get(frames.size() - 1).sequence + 1;
        }
    }

    private Segment(Header header, RandomAccessFile file, long end) {
        this.header = header;
        this.file = file;
        this.end = end;
    }

    /** A new file; there must be none. */
    static Segment create(Path path, Header header) throws IOException {
        Files.createFile(path, Folder.PRIVATE_FILE);
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        try {
            file.write(encode(header));
            return new Segment(header, file, HEADER);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** A file to be continued behind its last whole frame; what is behind that is cut off. */
    static Segment reopen(Path path, Content content) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        try {
            if (content.size > content.end) {
                file.setLength(content.end);
                file.getFD().sync();
            }
            return new Segment(content.header, file, content.end);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** Where the last whole frame ends. */
    long end() {
        return end;
    }

    /** False once the kernel failed to write something back: what it still shows of the file may be gone later. */
    boolean trusted() {
        return trusted;
    }

    /**
     * Adds a frame, all or nothing: after a failure, what got into the file is cut off, at the latest by the next call.
     *
     * @param force whether it is to survive a power failure, with all that was appended before it
     */
    void append(long sequence, List<Item> items, boolean force) throws IOException {
        byte[] frame = frame(sequence, items);
        long behind = end + frame.length;
        cut();
        dirty = true;
        try {
            file.seek(end);
            file.write(frame);
            if (force) {
                sync();
            }
        } catch (IOException e) {
            try {
                cut();
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        dirty = false;
        end = behind;
    }

    private void cut() throws IOException {
        if (dirty) {
            file.setLength(end);
            dirty = false;
        }
    }

    void sync() throws IOException {
        try {
            file.getFD().sync();
        } catch (IOException e) {
            trusted = false;
            throw e;
        }
    }

    /** Makes the name of this file survive a power failure. */
    void syncName(Path folder) throws IOException {
        try {
            Folder.sync(folder);
        } catch (IOException e) {
            trusted = false;
            throw e;
        }
    }

    private byte[] frame(long sequence, List<Item> items) throws IOException {
        int length = Item.size(items);
        byte[] bytes = new byte[FRAME_HEADER + length];
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        Item.pack(items, frame.slice(FRAME_HEADER, length));
        frame.putLong(0, header.mark).putLong(8, sequence).putInt(16, length);
        frame.putInt(20, checksum(frame, FRAME_HEADER, length));
        frame.putInt(24, checksum(frame, 0, 24));
        return bytes;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /**
     * Reads a file that may have been cut or damaged anywhere.
     *
     * @param upTo bytes beyond it are left out
     * @return empty if its header is not one
     * @throws IOException if it cannot be read, or is larger than a file of the store can be
     */
    static Optional<Content> read(Path path, long upTo) throws IOException {
        byte[] bytes;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long size = Math.min(upTo, file.length());
            if (size > LARGEST_FILE) {
                throw new IOException(
                        path + " has " + size + " bytes; a file of the store has at most " + LARGEST_FILE);
            }
            bytes = new byte[(int) size];
            file.readFully(bytes);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return header(buffer).map(header -> frames(header, buffer));
    }

    private static Content frames(Header header, ByteBuffer file) {
        List<Frame> frames = new ArrayList<>();
        List<Damage> damage = new ArrayList<>();
        int size = file.capacity();
        int at = HEADER;
        long expected = header.firstSequence;
        boolean tailWhole = false;
        while (at < size) {
            int start = next(header.mark, file, at, expected);
            if (start < 0) {
                break;
            }
            int length = file.getInt(start + 16);
            // No overflow: a file has at most 128 MiB and a payload 16.
            int behind = start + FRAME_HEADER + length;
            boolean whole = behind <= size && checksum(file, start + FRAME_HEADER, length) == file.getInt(start + 20);
            if (!whole && behind >= size) {
                // Nothing was appended behind it, so it may be an append that was cut short.
                tailWhole = behind == size;
                break;
            }
            long sequence = file.getLong(start + 8);
            if (start > at || sequence > expected) {
                damage.add(new Damage(at, start));
            }
            if (whole) {
                frames.add(new Frame(sequence, behind, file.slice(start + FRAME_HEADER, length)));
            } else {
                damage.add(new Damage(start, behind));
            }
            expected = sequence + 1;
            at = behind;
        }
        return new Content(header, List.copyOf(frames), List.copyOf(damage), at, size, tailWhole);
    }

    /** The first place from {@code at} on where a frame's header is; -1 if there is none. */
    private static int next(long mark, ByteBuffer file, int at, long expected) {
        for (int start = at; start <= file.capacity() - FRAME_HEADER; start++) {
            if (file.getLong(start) == mark
                    && checksum(file, start, 24) == file.getInt(start + 24)
                    && file.getLong(start + 8) >= expected) {
                int length = file.getInt(start + 16);
                if (length >= 0 && length <= LARGEST_PAYLOAD) {
                    return start;
                }
            }
        }
        return -1;
    }

    private static byte[] encode(Header header) {
        byte[] bytes = new byte[HEADER];
        ByteBuffer buffer = ByteBuffer.wrap(bytes)
                .putLong(MAGIC)
                .putInt(header.version)
                .putInt(0)
                .putLong(header.number)
                .putLong(header.mark)
                .putLong(header.firstSequence);
        buffer.putInt(checksum(buffer, 0, HEADER - Integer.BYTES));
        return bytes;
    }

    private static Optional<Header> header(ByteBuffer file) {
        if (file.capacity() < HEADER
                || file.getLong(0) != MAGIC
                || file.getInt(HEADER - Integer.BYTES) != checksum(file, 0, HEADER - Integer.BYTES)) {
            return Optional.empty();
        }
        return Optional.of(new Header(file.getInt(8), file.getLong(16), file.getLong(24), file.getLong(32)));
    }

    private static int checksum(ByteBuffer bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(offset, length));
        return (int) crc.getValue();
    }
}
