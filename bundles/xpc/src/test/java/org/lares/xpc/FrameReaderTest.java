package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 64, 4096, 1 << 20})
    void shouldFindTheFramesHoweverTheBytesArrive(int chunk) throws IOException {
        int[] sizes = {0, 1, 4091, 4092, 5000, 0, 100_000, 3};
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int size : sizes) {
            byte[] payload = new byte[size];
            new SplittableRandom(size).nextBytes(payload);
            stream.write(Frame.encode(Frame.Type.MESSAGE, payload).array());
        }

        FrameReader reader = new FrameReader(100_000);
        List<Integer> found = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(stream.toByteArray());
        while (bytes.hasRemaining()) {
            feed(reader, bytes, chunk);
            for (Optional<Frame> next = reader.next(); next.isPresent(); next = reader.next()) {
                byte[] expected = new byte[sizes[found.size()]];
                new SplittableRandom(expected.length).nextBytes(expected);
                assertEquals(ByteBuffer.wrap(expected), next.get().payload());
                found.add(expected.length);
            }
        }

        assertEquals(sizes.length, found.size());
        assertTrue(reader.between());
    }

    @Test
    void shouldKnowThatAFrameIsCut() throws IOException {
        FrameReader reader = new FrameReader(10);
        assertTrue(reader.between());
        feed(reader, ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 4, 1}), 6);
        assertEquals(Optional.empty(), reader.next());
        assertFalse(reader.between());
    }

    @Test
    void shouldRefuseALengthBeforeItTakesMemoryForIt() {
        for (int length : new int[] {11, 1 << 30, -1, Integer.MIN_VALUE}) {
            FrameReader reader = new FrameReader(10);
            feed(reader, ByteBuffer.allocate(5).putInt(length).put((byte) 4).flip(), 5);
            assertThrows(ProtocolException.class, reader::next);
        }
    }

    @Test
    void shouldTakeMemoryForWhatIsThereAndNotForWhatIsPromised() throws IOException {
        FrameReader reader = new FrameReader(1 << 20);
        feed(reader, ByteBuffer.allocate(5).putInt(1 << 20).put((byte) 4).flip(), 5);
        assertEquals(Optional.empty(), reader.next());
        assertEquals(FrameReader.SMALLEST, reader.space().capacity());
    }

    @Test
    void shouldGiveUpALargeBufferWhenItIsEmpty() throws IOException {
        FrameReader reader = new FrameReader(1 << 20);
        ByteBuffer frame = Frame.encode(Frame.Type.MESSAGE, new byte[1 << 20]);
        while (frame.hasRemaining()) {
            assertEquals(Optional.empty(), reader.next());
            feed(reader, frame, 1 << 16);
        }
        assertTrue(reader.next().isPresent());
        assertEquals(FrameReader.SMALLEST, reader.space().capacity());
    }

    @Test
    void shouldRefuseAnUnknownType() {
        FrameReader reader = new FrameReader(10);
        feed(reader, ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 9}), 5);
        assertThrows(ProtocolException.class, reader::next);
    }

    @Test
    void shouldAnswerAnyBytesWithFramesOrTheOneException() throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        byte[] good = Frame.encode(Frame.Type.MESSAGE, new byte[20]).array();
        int frames = 0;
        for (int round = 0; round < 50_000; round++) {
            FrameReader reader = new FrameReader(1 << 10);
            byte[] bytes = good.clone();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                feed(reader, ByteBuffer.wrap(bytes), random.nextInt(1, 30));
                frames += reader.next().isPresent() ? 1 : 0;
            } catch (ProtocolException refused) {
                assertFalse(refused.getMessage().isEmpty());
            }
        }
        assertTrue(frames > 0);
    }

    private static void feed(FrameReader reader, ByteBuffer bytes, int most) {
        int count = Math.min(most, bytes.remaining());
        while (count > 0) {
            ByteBuffer space = reader.space();
            int some = Math.min(count, space.remaining());
            space.put(bytes.slice(bytes.position(), some));
            bytes.position(bytes.position() + some);
            count -= some;
            if (count > 0 && !space.hasRemaining()) {
                return;
            }
        }
    }
}
