package org.lares.xpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lares.xpc.cbor.Cbor;

class HelloTest {

    /** The example of docs/wire-protocol.md. */
    @Test
    void shouldBeAsTheDocumentSays() throws IOException {
        assertEquals(
                "0000002301a26776657273696f6e0168656e64706f696e746f6f72672e6c617265732e7368656c6c",
                hex(new Hello(1, "org.lares.shell").encode()));
        assertEquals("0000000a02a16776657273696f6e01", hex(Hello.welcome()));
    }

    @Test
    void shouldPassOverWhatALaterVersionAdds() throws IOException {
        byte[] payload = Cbor.encode(Map.of("version", 9L, "endpoint", "a", "ticket", new byte[16]));
        assertEquals(new Hello(9, "a"), Hello.decode(new Frame(Frame.Type.HELLO, ByteBuffer.wrap(payload))));
    }

    @Test
    void shouldRefuseANameThatCouldHarmALog() {
        for (String name : new String[] {"", "a\nb", "a b", "\u00fc", "x".repeat(129)}) {
            byte[] payload = Cbor.encode(Map.of("version", 1L, "endpoint", name));
            assertThrows(IOException.class, () -> Hello.decode(new Frame(Frame.Type.HELLO, ByteBuffer.wrap(payload))));
        }
    }

    private static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
