package org.lares.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** By which a program and a test wait for each other. */
public record Fifo(Path path) {

    public static Fifo create(Path path) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        return new Fifo(path);
    }

    /** Waits until a program has written and closed it. */
    public String read() throws IOException {
        return Files.readString(path).strip();
    }

    /** Waits until a program reads it. */
    public void write(String text) throws IOException {
        Files.writeString(path, text);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
