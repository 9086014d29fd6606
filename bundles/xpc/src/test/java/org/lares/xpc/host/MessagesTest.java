package org.lares.xpc.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.Limits;

/** What comes from another process is a message or a {@link ProtocolException}, never anything else. */
class MessagesTest {
    private static final int ATTEMPTS = 50_000;
    private static final byte[] TICKET = "ticket".getBytes(StandardCharsets.UTF_8);
    private static final Configuration GIVEN = new Configuration("a", Optional.of("b"), Optional.of("c=\"d\"\n"));
    private static final Configuration DELETED = new Configuration("a", Optional.empty(), Optional.empty());

    private static final List<FromContainer> FROM_CONTAINER = List.of(
            new FromContainer.CheckedIn(TICKET),
            new FromContainer.Go("1", List.of(GIVEN, DELETED)),
            new FromContainer.Configured(DELETED),
            new FromContainer.Stop("why"),
            new FromContainer.Refused("why"));
    private static final List<FromHost> FROM_HOST = List.of(
            new FromHost.CheckIn("id", TICKET, Optional.of("1")),
            new FromHost.Kept(),
            new FromHost.Ready(),
            new FromHost.Alive(),
            new FromHost.Wanted(List.of("a", "b")),
            new FromHost.Note("text"),
            new FromHost.Last("RETURNED", Optional.of(3L), "detail"));

    private static Order order() {
        return new Order(
                Path.of("/run/socket"),
                "system",
                "label",
                "1",
                TICKET,
                Optional.of("1"),
                List.of(new Order.BundleFile(Path.of("/a.jar"), "mvn:a", true)),
                true,
                Map.of("key", "value"),
                Path.of("/folder"),
                20_000,
                Optional.of(1_000L));
    }

    private interface Reader {
        void read(Object message) throws ProtocolException;
    }

    /** Whether it was taken for a message. */
    private static boolean take(Reader reader, Object message, long seed) {
        try {
            reader.read(message);
            return true;
        } catch (ProtocolException e) {
            assertTrue(e.getMessage() != null && !e.getMessage().isEmpty());
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + message, e);
        }
    }

    private static void decode(Object message) throws ProtocolException {
        Order.decode(Cbor.encode(message));
    }

    @Test
    void shouldReadWhatItWrote() throws Exception {
        for (FromContainer message : FROM_CONTAINER) {
            assertEquals(
                    message.message().keySet(),
                    FromContainer.of(wire(message.message()))
                            .orElseThrow()
                            .message()
                            .keySet());
        }
        for (FromHost message : FROM_HOST) {
            assertEquals(
                    message.message().keySet(),
                    FromHost.of(wire(message.message())).orElseThrow().message().keySet());
        }
        Order read = Order.decode(order().encode());
        assertEquals(order().bundles(), read.bundles());
        assertEquals(order().properties(), read.properties());
        assertEquals(order().folder(), read.folder());
        assertEquals(order().watchdog(), read.watchdog());
    }

    private static Object wire(Object message) throws Exception {
        return Cbor.decode(Cbor.encode(message), Limits.DEFAULT);
    }

    @Test
    void shouldRefuseAMessageWithoutTheOneConfigurationThatItIsAbout() {
        assertThrows(
                ProtocolException.class,
                () -> FromContainer.of(Map.of("is", "configured", "configuration", List.of())));
    }

    @Test
    void shouldRefuseAnOrderWhosePathsAreNone() throws Exception {
        for (String key : List.of("socket", "folder")) {
            for (String path : List.of("", "relative", "/a\0b")) {
                Map<String, Object> map = new LinkedHashMap<>(orderMap());
                map.put(key, path);
                assertThrows(ProtocolException.class, () -> decode(map));
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> orderMap() throws Exception {
        return (Map<String, Object>) wire(Cbor.decode(order().encode(), Limits.DEFAULT));
    }

    @Test
    void shouldTakeAnyMapForAMessageOrRefuseIt() throws Exception {
        List<Object> good = new ArrayList<>();
        FROM_CONTAINER.forEach(message -> good.add(message.message()));
        FROM_HOST.forEach(message -> good.add(message.message()));
        good.add(orderMap());
        int taken = 0;
        int refused = 0;
        for (long seed = 0; seed < ATTEMPTS; seed++) {
            Random random = new Random(seed);
            Object message = changed(good.get(random.nextInt(good.size())), random, 0);
            for (Reader reader : List.<Reader>of(FromContainer::of, FromHost::of, MessagesTest::decode)) {
                if (take(reader, message, seed)) {
                    taken++;
                } else {
                    refused++;
                }
            }
        }
        assertTrue(taken > ATTEMPTS / 10 && refused > ATTEMPTS / 10, taken + " taken, " + refused + " refused");
    }

    /** Somewhere in it, a value is another one, missing, or one too many. */
    private static Object changed(Object value, Random random, int depth) {
        if (depth > 0 && random.nextInt(4) == 0) {
            return any(random, depth);
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, each) -> {
                int dice = random.nextInt(12);
                if (dice > 0) {
                    copy.put(key, dice > 3 || key.equals("is") && dice > 1 ? each : changed(each, random, depth + 1));
                }
            });
            if (random.nextInt(6) == 0) {
                copy.put(key(random), any(random, depth));
            }
            return copy;
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(each -> {
                if (random.nextInt(4) > 0) {
                    copy.add(changed(each, random, depth + 1));
                }
            });
            if (random.nextInt(4) == 0) {
                copy.add(any(random, depth));
            }
            return copy;
        }
        return value;
    }

    private static Object key(Random random) {
        return random.nextBoolean()
                ? random.nextLong()
                : List.of("is", "run", "configuration", "watchdog", "").get(random.nextInt(5));
    }

    private static Object any(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 6 : 9)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextBoolean();
            case 2 -> new byte[random.nextInt(20)];
            case 3 -> random.nextDouble();
            case 4 -> "";
            case 5 -> List.of("is", "stop", "configured", "a\0b", "/").get(random.nextInt(5));
            case 6 -> List.of();
            case 7 -> List.of(any(random, depth + 1));
            default -> Map.of(key(random), any(random, depth + 1));
        };
    }
}
