package org.lares.sandbox.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassListTest {
    private static final String INVOKER =
            "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder invokeStatic L6_L";
    private static final String PROXY = "@lambda-proxy a/B get (Ljava/lang/String;)Ljava/util/function/Supplier;"
            + " ()Ljava/lang/Object; REF_invokeStatic a/B lambda$get$0 (Ljava/lang/String;)[I <init>";

    @TempDir
    Path folder;

    @Test
    void shouldTakeTheKnownFormsOnly() throws Exception {
        ClassList list = read(
                        "# comment",
                        "java/lang/Object id: 0",
                        "a/B",
                        "a/B",
                        "a/package-info",
                        "b/C id: 12 super: 0 source: /etc/shadow",
                        "b/C super: 0",
                        "../x",
                        "/a/B",
                        "a//B",
                        "@lambda-proxy",
                        "@unknown a/B",
                        "@cp a/B 1 2 7",
                        "@cp c/Unlisted 1",
                        "a/B\u0000",
                        "@lambda-form-invoker [LF_RESOLVE] a;b",
                        INVOKER,
                        PROXY,
                        "x".repeat(5000))
                .orElseThrow();

        assertEquals(
                List.of("java/lang/Object", "a/B", "a/package-info", "@cp a/B 1 2 7", INVOKER, PROXY), list.lines());
        assertTrue(list.hints());
    }

    @Test
    void shouldLeaveALineThatIsStillBeingWritten() throws Exception {
        Path file = Files.writeString(folder.resolve("list"), "a/B\na/Complet");

        ClassList list = ClassList.read(file, Long.MAX_VALUE).orElseThrow();

        assertEquals(List.of("a/B"), list.lines());
        assertEquals(4, list.bytes());
        assertFalse(list.hints());
    }

    @Test
    void shouldTakeNoClassThatCameLaterThanTheStart() throws Exception {
        Path file = Files.writeString(folder.resolve("list"), "a/B\na/Late\n@cp a/B 1\n@cp a/Late 2\n");

        ClassList list = ClassList.read(file, 4).orElseThrow();

        assertEquals(List.of("a/B", "@cp a/B 1"), list.lines());
    }

    @Test
    void shouldBeEmptyWithoutAClass() throws Exception {
        assertTrue(read("# nothing", INVOKER).isEmpty());
        assertTrue(read().isEmpty());
    }

    @Test
    void shouldReadABoundedPartOfALargeFile() throws Exception {
        Path file = Files.writeString(folder.resolve("list"), "a/B\n");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}), 1L << 40);
        }

        assertEquals(
                List.of("a/B"),
                ClassList.read(file, Long.MAX_VALUE).orElseThrow().lines());
    }

    @Test
    void shouldNotWaitForAFifoNorFollowALink() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        Path target = Files.writeString(folder.resolve("target"), "a/B\n");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);

        assertTrue(readOrFail(fifo));
        assertThrows(IOException.class, () -> ClassList.read(link, Long.MAX_VALUE));
        assertThrows(IOException.class, () -> ClassList.read(folder, Long.MAX_VALUE));
    }

    /** The kernel says a FIFO has no size, or no positions. */
    private static boolean readOrFail(Path file) {
        try {
            return ClassList.read(file, Long.MAX_VALUE).isEmpty();
        } catch (IOException e) {
            return e.getMessage() != null;
        }
    }

    private Optional<ClassList> read(String... lines) throws IOException {
        return ClassList.read(Files.write(folder.resolve("list"), List.of(lines)), Long.MAX_VALUE);
    }
}
