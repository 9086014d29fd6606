package org.lares.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/** Reads and writes the kernel's files of control groups, each write in one call as they want it. */
final class ControlFile {
    private static final int BUFFER_BYTES = 4096;

    private ControlFile() {}

    static void write(Path file, String value) throws IOException {
        try {
            Files.writeString(file, value, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        } catch (IOException e) {
            throw new IOException("\"" + value + "\" could not be written to " + file + ": " + reason(e), e);
        }
    }

    static String read(Path file) throws IOException {
        // Files.readString asks for a single byte first, and some of these files (sysctls) give no second answer.
        try (InputStream in = Files.newInputStream(file)) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                text.write(buffer, 0, count);
            }
            return text.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** The number that is all of a file; empty if it is not there, not readable or no number. */
    static OptionalLong number(Path file) {
        try {
            return OptionalLong.of(Long.parseLong(read(file).strip()));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The number after a word, of a file with such a pair in each line; empty as for {@link #number(Path)}. */
    static OptionalLong number(Path file, String word) {
        try {
            return read(file)
                    .lines()
                    .filter(line -> line.startsWith(word + " "))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(word.length() + 1).strip()))
                    .findFirst();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The kernel's words without the file's name, which the exceptions of the JDK begin with. */
    static String reason(IOException e) {
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "Permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (e instanceof java.nio.file.FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        return e.getMessage();
    }
}
