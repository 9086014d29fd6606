package org.lares.xpc.cbor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CborTest {
    private static final HexFormat HEX = HexFormat.of();

    /** RFC 8949, appendix A: what the data model has. */
    static Stream<Arguments> vectors() {
        return Stream.of(
                Arguments.of("00", 0L),
                Arguments.of("01", 1L),
                Arguments.of("0a", 10L),
                Arguments.of("17", 23L),
                Arguments.of("1818", 24L),
                Arguments.of("1819", 25L),
                Arguments.of("1864", 100L),
                Arguments.of("1903e8", 1000L),
                Arguments.of("1a000f4240", 1000000L),
                Arguments.of("1b000000e8d4a51000", 1000000000000L),
                Arguments.of("20", -1L),
                Arguments.of("29", -10L),
                Arguments.of("3863", -100L),
                Arguments.of("3903e7", -1000L),
                Arguments.of("f90000", 0.0),
                Arguments.of("f98000", -0.0),
                Arguments.of("f93c00", 1.0),
                Arguments.of("fb3ff199999999999a", 1.1),
                Arguments.of("f93e00", 1.5),
                Arguments.of("f97bff", 65504.0),
                Arguments.of("fa47c35000", 100000.0),
                Arguments.of("fa7f7fffff", 3.4028234663852886e+38),
                Arguments.of("fb7e37e43c8800759c", 1.0e+300),
                Arguments.of("f90001", 0x1p-24),
                Arguments.of("f90400", 0.00006103515625),
                Arguments.of("f9c400", -4.0),
                Arguments.of("fbc010666666666666", -4.1),
                Arguments.of("f97c00", Double.POSITIVE_INFINITY),
                Arguments.of("f97e00", Double.NaN),
                Arguments.of("f9fc00", Double.NEGATIVE_INFINITY),
                Arguments.of("f4", false),
                Arguments.of("f5", true),
                Arguments.of("f6", null),
                Arguments.of("c11a514b67b0", Instant.ofEpochSecond(1363896240)),
                Arguments.of("60", ""),
                Arguments.of("6161", "a"),
                Arguments.of("6449455446", "IETF"),
                Arguments.of("62225c", "\"\\"),
                Arguments.of("62c3bc", "\u00fc"),
                Arguments.of("63e6b0b4", "\u6c34"),
                Arguments.of("64f0908591", "\ud800\udd51"),
                Arguments.of("80", List.of()),
                Arguments.of("83010203", List.of(1L, 2L, 3L)),
                Arguments.of("8301820203820405", List.of(1L, List.of(2L, 3L), List.of(4L, 5L))),
                Arguments.of(
                        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
                        Stream.iterate(1L, i -> i + 1).limit(25).toList()),
                Arguments.of("a0", Map.of()),
                Arguments.of("a201020304", map(1L, 2L, 3L, 4L)),
                Arguments.of("a26161016162820203", map("a", 1L, "b", List.of(2L, 3L))),
                Arguments.of("826161a161626163", List.of("a", Map.of("b", "c"))),
                Arguments.of(
                        "a56161614161626142616361436164614461656145",
                        map("a", "A", "b", "B", "c", "C", "d", "D", "e", "E")),
                // Beyond appendix A: the ends of the ranges and our two other tags.
                Arguments.of("1b7fffffffffffffff", Long.MAX_VALUE),
                Arguments.of("3b7fffffffffffffff", Long.MIN_VALUE),
                Arguments.of("f903ff", 1023 * 0x1p-24),
                Arguments.of("fa33000000", 0x1p-25),
                Arguments.of("fa47800000", 65536.0),
                Arguments.of("d903e9a20120281903e8", Instant.ofEpochSecond(-1, 1000)),
                Arguments.of(
                        "d82550123e4567e89b12d3a456426614174000",
                        UUID.fromString("123e4567-e89b-12d3-a456-426614174000")));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void shouldReadAndWriteTheVectorsOfTheRfc(String hex, Object value) throws CborException {
        assertEquals(value, Cbor.decode(HEX.parseHex(hex), Limits.DEFAULT));
        assertEquals(hex, HEX.formatHex(Cbor.encode(value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"40", "4401020304"})
    void shouldReadAndWriteBytes(String hex) throws CborException {
        byte[] value = HEX.parseHex(hex.substring(2));
        assertArrayEquals(value, (byte[]) Cbor.decode(HEX.parseHex(hex), Limits.DEFAULT));
        assertEquals(hex, HEX.formatHex(Cbor.encode(value)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1b8000000000000000", // 2^63
                "3b8000000000000000", // -2^63 - 1
                "1bffffffffffffffff",
                "c249010000000000000000", // bignum
                "c074323031332d30332d32315432303a30343a30305a", // date as text
                "c1fb41d452d9ec200000", // seconds with a fraction
                "c11b7fffffffffffffff", // beyond the years Instant has
                "c160",
                "d903e9a101", // a time without nanoseconds, cut
                "d903e9a2010128 1a3b9aca00", // 10^9 nanoseconds
                "d82541 00", // a UUID of one byte
                "f7", // undefined
                "f0",
                "f818",
                "5f42010243030405ff", // indefinite
                "7f657374726561646d696e67ff",
                "9fff",
                "bf61610161629f0203ffff",
                "ff",
                "1c",
                "a1f501", // a key that is a boolean
                "a2616101616102", // a key twice
                "62c328", // not UTF-8
                "63eda080", // half a surrogate pair
                "61",
                "19 01",
                "",
                "0000", // trailing
                "5affffffff",
                "5bffffffffffffffff",
                "9a00010000",
                "9bffffffffffffffff",
                "bb7fffffffffffffff",
                "bb8000000000000001"
            })
    void shouldRefuseWhatTheModelDoesNotHave(String hex) {
        byte[] bytes = HEX.parseHex(hex.replace(" ", ""));
        assertThrows(CborException.class, () -> Cbor.decode(bytes, Limits.DEFAULT));
    }

    @Test
    void shouldAcceptLongFormsFromOtherWriters() throws CborException {
        assertEquals(1L, Cbor.decode(HEX.parseHex("1b0000000000000001"), Limits.DEFAULT));
        assertEquals(1.5, Cbor.decode(HEX.parseHex("fb3ff8000000000000"), Limits.DEFAULT));
    }

    @Test
    void shouldKeepTheOrderOfAMap() throws CborException {
        Map<Object, Object> map = map("z", 1L, 9L, "x", "a", null);
        Map<?, ?> read = (Map<?, ?>) Cbor.decode(Cbor.encode(map), Limits.DEFAULT);
        assertEquals(List.copyOf(map.keySet()), List.copyOf(read.keySet()));
    }

    @Test
    void shouldWidenNumbers() throws CborException {
        List<Object> narrow = List.of((byte) 1, (short) 2, 3, 0.5f);
        assertEquals(List.of(1L, 2L, 3L, 0.5), Cbor.decode(Cbor.encode(narrow), Limits.DEFAULT));
    }

    @Test
    void shouldRefuseToWriteWhatTheModelDoesNotHave() {
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        for (Object value : Arrays.asList(new Object(), 'c', Map.of(1, 2), Map.of(true, 2), "\ud800", cycle)) {
            assertThrows(IllegalArgumentException.class, () -> Cbor.encode(value));
        }
    }

    @Test
    void shouldStopAtEachLimit() throws CborException {
        byte[] nested = new byte[1 << 20];
        Arrays.fill(nested, (byte) 0x81);
        byte[] tags = new byte[1 << 20];
        Arrays.fill(tags, (byte) 0xc1);
        byte[] flat = Cbor.encode(List.of(1L, 2L, 3L));
        byte[] pairs = Cbor.encode(map(1L, 2L, 3L, 4L));

        assertThrows(CborException.class, () -> Cbor.decode(nested, new Limits(1 << 20, Limits.DEEPEST, 1 << 20)));
        assertThrows(CborException.class, () -> Cbor.decode(tags, new Limits(1 << 20, Limits.DEEPEST, 1 << 20)));
        assertNotNull(Cbor.decode(flat, new Limits(4, 1, 4)));
        assertThrows(CborException.class, () -> Cbor.decode(flat, new Limits(3, 1, 4)));
        assertThrows(CborException.class, () -> Cbor.decode(flat, new Limits(4, 1, 3)));
        assertThrows(CborException.class, () -> Cbor.decode(Cbor.encode(List.of(List.of())), new Limits(4, 1, 4)));
        assertNotNull(Cbor.decode(pairs, new Limits(5, 1, 5)));
        assertThrows(CborException.class, () -> Cbor.decode(pairs, new Limits(5, 1, 4)));
        assertThrows(IllegalArgumentException.class, () -> new Limits(1, Limits.DEEPEST + 1, 1));
    }

    @Test
    void shouldChargeNestedHeadsOnce() {
        // Each head claims all that is left; paid for once, the second one is refused.
        byte[] bytes = new byte[1 << 16];
        for (int i = 0; i + 3 <= 64 * 3; i += 3) {
            bytes[i] = (byte) 0x99;
            bytes[i + 1] = (byte) 0xf0;
        }
        CborException refused =
                assertThrows(CborException.class, () -> Cbor.decode(bytes, new Limits(1 << 20, 200, 1 << 16)));
        assertTrue(refused.getMessage().contains("at byte 3:"), refused.getMessage());
    }

    @Test
    void shouldAnswerAnyBytesWithAValueOrTheOneException() {
        SplittableRandom random = new SplittableRandom(8949);
        List<byte[]> seeds = vectors()
                .map(each -> HEX.parseHex((String) each.get()[0]))
                .filter(each -> each.length > 0)
                .toList();
        int values = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())), random);
            try {
                Object value = Cbor.decode(bytes, Limits.DEFAULT);
                byte[] encoded = Cbor.encode(value);
                assertArrayEquals(encoded, Cbor.encode(Cbor.decode(encoded, Limits.DEFAULT)));
                values++;
            } catch (CborException malformed) {
                assertNotNull(malformed.getMessage());
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("round " + round + ": " + HEX.formatHex(bytes), e);
            }
        }
        assertTrue(values > 10_000, "only " + values + " inputs were well-formed: the mutations are too wild");
    }

    private static byte[] mutate(byte[] seed, SplittableRandom random) {
        byte[] bytes = Arrays.copyOf(seed, Math.max(1, seed.length + random.nextInt(-2, 12)));
        for (int i = seed.length; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        for (int flips = random.nextInt(4); flips > 0; flips--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static Map<Object, Object> map(Object... entries) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put(entries[i], entries[i + 1]);
        }
        return map;
    }
}
