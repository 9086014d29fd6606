package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.dd.plist.BinaryPropertyListWriter;
import com.dd.plist.PropertyListParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lares.job.Remark;
import org.lares.job.Verification;

/** Lists that are not what they should be, as bytes and as files: one clear error, no exception, no wait. */
@Timeout(60)
class BadInputTest {
    @TempDir
    Path folder;

    private long uid;
    private Definitions definitions;

    @BeforeEach
    void ownTheFolder() throws IOException {
        uid = ((Number) Files.getAttribute(folder, "unix:uid")).longValue();
        definitions = definitionsOf(uid);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void shouldReadAGoodFile() throws IOException {
        assertTrue(definitions.read(file("good.plist", Fixture.job())).ok());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "hello",
                "{ Label = a; }",
                "{\"Label\": \"a\"}",
                "<plist>",
                "<plist/>",
                "<plist><dict>",
                "<plist><dict><key>Label</key><string>a",
                "<plist><string>a</string></plist>",
                "<plist><dict/><dict/></plist>",
                "<dict/>",
                "<html><body/></html>",
                "<plist><dict>text</dict></plist>",
                "<plist><dict><key>a<key/></key></dict></plist>",
                "<plist><dict><key>Label</key><string>&unknown;</string></dict></plist>",
                "<plist><dict><key>Label</key><string>\u0001</string></dict></plist>",
                "<!DOCTYPE plist [<!ENTITY a \"b\">]><plist><dict/></plist>",
                "<!DOCTYPE plist SYSTEM \"file:///etc/passwd\"><plist><dict/></plist>",
                "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://example.org/x\"><plist><dict/></plist>",
                "<?xml version=\"1.0\"?><!-- <!DOCTYPE plist> --><!DOCTYPE html><plist><dict/></plist>",
                "<!DOCTYPE",
                "<!--",
                "<?",
                "bplist00",
                "bplist00 and nothing that makes sense after it, for long enough"
            })
    void shouldTellWhyItCannotBeRead(String content) {
        Remark error = Fixture.error(Fixture.read(content));
        assertEquals(Fixture.FILE.toString(), error.where());
        assertFalse(error.remedy().isEmpty());
    }

    @Test
    void shouldTellTheLineOfBrokenXml() {
        Remark error = Fixture.error(Fixture.read("<plist>\n<dict>\n<key>Label</kex>\n</dict>\n</plist>"));
        assertEquals(3, error.line());
    }

    @Test
    void shouldRefuseOtherEncodings() {
        byte[] latin =
                Fixture.job("<key>Description</key><string>caf\u00e9</string>").getBytes(StandardCharsets.ISO_8859_1);
        byte[] wide = Fixture.job().getBytes(StandardCharsets.UTF_16);
        assertFalse(Fixture.error(Fixture.read(latin, Fixture.ROOT)).message().isEmpty());
        assertFalse(Fixture.error(Fixture.read(wide, Fixture.ROOT)).message().isEmpty());
    }

    @Test
    void shouldExpandNoEntities() {
        StringBuilder laughs = new StringBuilder("<?xml version=\"1.0\"?>\n<!DOCTYPE plist [\n<!ENTITY a0 \"ha\">\n");
        for (int i = 1; i < 30; i++) {
            laughs.append("<!ENTITY a" + i + " \"&a" + (i - 1) + ";&a" + (i - 1) + ";\">\n");
        }
        laughs.append("]>\n<plist><dict><key>Label</key><string>&a29;</string></dict></plist>");
        Remark error = Fixture.error(Fixture.read(laughs.toString()));
        assertEquals(2, error.line());
        assertTrue(error.message().contains("document type"));
    }

    @Test
    void shouldBoundDepthSizeAndNumber() {
        String deep = "<array>".repeat(100_000);
        assertTrue(Fixture.error(Fixture.read("<plist>" + deep)).message().contains("deep"));
        String unknown = "<x>".repeat(100_000);
        assertTrue(Fixture.error(Fixture.read("<plist>" + unknown)).message().contains("deep"));
        String many = Fixture.job("<key>WatchPaths</key><array>" + "<true/>".repeat(100_000) + "</array>");
        assertTrue(Fixture.error(Fixture.read(many)).message().contains("more than"));
        String large = Fixture.job("<!--" + "x".repeat(PropertyList.MAX_BYTES) + "-->");
        assertTrue(Fixture.error(Fixture.read(large)).message().contains("larger"));
    }

    @Test
    void shouldTakeAsManyErrorsAsThereAre() {
        String wrong = "<key>Wrong</key><true/>".repeat(4_000);
        assertEquals(4_000, Fixture.errors(Fixture.read(Fixture.job(wrong))).size());
    }

    @Test
    void shouldBoundBinaryBombs() {
        // An array that holds itself; one that doubles at each of 30 levels; one large string named 9,000 times.
        Remark cycle = Fixture.error(Fixture.read(binary(List.of(new byte[] {(byte) 0xa1, 0, 0})), Fixture.ROOT));
        assertTrue(cycle.message().contains("deep"));
        List<byte[]> doubling = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            doubling.add(new byte[] {(byte) 0xa2, 0, (byte) i, 0, (byte) i});
        }
        doubling.add(new byte[] {0x09});
        assertTrue(Fixture.error(Fixture.read(binary(doubling), Fixture.ROOT))
                .message()
                .contains("more than"));
        byte[] names = new byte[4 + 2 * 9_000];
        names[0] = (byte) 0xaf;
        names[1] = 0x11;
        names[2] = (byte) (9_000 >> 8);
        names[3] = (byte) 9_000;
        for (int i = 0; i < 9_000; i++) {
            names[5 + 2 * i] = 1;
        }
        byte[] string = new byte[900_000];
        Arrays.fill(string, (byte) 'a');
        string[0] = 0x5f;
        string[1] = 0x12;
        int length = string.length - 6;
        for (int i = 0; i < 4; i++) {
            string[2 + i] = (byte) (length >> (24 - 8 * i));
        }
        assertTrue(Fixture.error(Fixture.read(binary(List.of(names, string)), Fixture.ROOT))
                .message()
                .contains("strings"));
    }

    @Test
    void shouldAllocateNothingForNumbersThatABinaryListOnlyClaims() {
        byte[] list = binary(List.of(new byte[] {0x5f, 0x13, 0x7f, -1, -1, -1, -1, -1, -1, -1}));
        assertTrue(Fixture.error(Fixture.read(list, Fixture.ROOT)).message().contains("cut short"));
        for (int at = list.length - 24; at < list.length; at += 8) {
            byte[] claimed = list.clone();
            claimed[at] = 0x7f;
            Fixture.error(Fixture.read(claimed, Fixture.ROOT));
            claimed[at] = (byte) 0xff;
            Fixture.error(Fixture.read(claimed, Fixture.ROOT));
        }
    }

    @Test
    void shouldTellWhatIsNoPlainFile() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe.plist");
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", pipe.toString())
                        .inheritIO()
                        .start()
                        .waitFor());
        Path link = Files.createSymbolicLink(folder.resolve("link.plist"), file("good.plist", Fixture.job()));
        assertTrue(Fixture.error(definitions.read(pipe)).message().contains("named pipe"));
        assertTrue(Fixture.error(definitions.read(link)).message().contains("symbolic link"));
        assertTrue(Fixture.error(definitions.read(folder)).message().contains("folder"));
        assertTrue(
                Fixture.error(definitions.read(Path.of("/dev/zero"))).message().contains("device"));
        assertTrue(Fixture.error(definitions.read(folder.resolve("gone.plist")))
                .message()
                .contains("does not exist"));
        assertTrue(Fixture.error(definitions.read(folder.resolve("good.plist/below")))
                .message()
                .contains("cannot be read"));
    }

    @Test
    void shouldTellALargeFileWithoutReadingIt() throws IOException {
        Path large = file("large.plist", "");
        try (var channel = Files.newByteChannel(large, java.nio.file.StandardOpenOption.WRITE)) {
            channel.position(1L << 40).write(java.nio.ByteBuffer.wrap(new byte[1]));
        }
        assertTrue(Fixture.error(definitions.read(large)).message().contains("larger"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-", "rwxrwxrwx"})
    void shouldRefuseAFileThatOthersCanWrite(String mode) throws IOException {
        Path file = file("open.plist", Fixture.job());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        assertEquals("chmod go-w " + file, Fixture.error(definitions.read(file)).remedy());
    }

    @Test
    void shouldRefuseAFolderThatOthersCanWrite() throws IOException {
        Path file = file("a.plist", Fixture.job());
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
        assertEquals(
                "chmod go-w " + folder, Fixture.error(definitions.read(file)).remedy());
        List<Verification> all = definitions.readFolder(folder);
        assertEquals(1, all.size());
        assertEquals("chmod go-w " + folder, Fixture.error(all.get(0)).remedy());
    }

    @Test
    void shouldRefuseTheFileOfAnotherUser() throws IOException {
        Path file = file("foreign.plist", Fixture.job());
        if (uid == 0) {
            Files.setAttribute(file, "unix:uid", 4711);
            Files.setAttribute(folder, "unix:uid", 4711);
        }
        // To somebody else all files here are foreign, unless they are root's.
        List<Remark> errors = Fixture.errors(definitionsOf(uid + 1).read(file));
        assertEquals(
                List.of("chown " + (uid + 1) + " " + file, "chown " + (uid + 1) + " " + folder),
                errors.stream().map(Remark::remedy).toList());
    }

    @Test
    void shouldTellAFileThatMayNotBeRead() throws IOException {
        assumeFalse(uid == 0, "root may read every file: the case cannot be made as root");
        Path file = file("closed.plist", Fixture.job());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assertTrue(Fixture.error(definitions.read(file)).message().contains("may not read"));
    }

    @Test
    void shouldReadAFolderInOrderAndTellALabelDefinedTwice() throws IOException {
        Path second = file("b.plist", Fixture.job());
        Path first = file("a.plist", Fixture.job());
        file("c.plist", "<plist>");
        file("notes.txt", "not a list");
        List<Verification> all = definitions.readFolder(folder);
        assertEquals(
                List.of("a.plist", "b.plist", "c.plist"),
                all.stream()
                        .map(each -> Path.of(each.where()).getFileName().toString())
                        .toList());
        assertTrue(all.get(0).ok());
        Remark error = Fixture.error(all.get(1));
        assertEquals(second.toString(), error.where());
        assertTrue(error.message().contains(first.toString()));
        assertFalse(all.get(2).ok());
    }

    @Test
    void shouldTellAFolderThatIsNone() throws IOException {
        assertFalse(definitions.readFolder(folder.resolve("gone")).get(0).ok());
        assertFalse(
                definitions.readFolder(file("a.plist", Fixture.job())).get(0).ok());
    }

    @Test
    void shouldSurviveAnyMutationOfAnXmlList() {
        mutate(lists(), 3_000, 20261122L);
    }

    @Test
    void shouldSurviveAnyMutationOfABinaryList() throws Exception {
        List<byte[]> binaries = new ArrayList<>();
        for (byte[] list : lists()) {
            binaries.add(BinaryPropertyListWriter.writeToArray(PropertyListParser.parse(list)));
        }
        mutate(binaries, 10_000, 42L);
    }

    private static List<byte[]> lists() {
        return Stream.of(
                        Fixture.job(
                                "<key>KeepAlive</key><dict><key>PathState</key><dict><key>/a</key><true/></dict></dict>",
                                "<key>ThrottleInterval</key><integer>60</integer>",
                                "<key>BackOff</key><dict><key>Jitter</key><real>0.5</real></dict>"),
                        Fixture.job(
                                "<key>EnvironmentVariables</key><dict><key>A</key><string>&lt;\u00fc</string></dict>",
                                "<key>Sockets</key><dict><key>L</key><dict>"
                                        + "<key>SockPathMode</key><integer>438</integer></dict></dict>",
                                "<key>Umask</key><string>022</string><key>Nice</key><integer>-5</integer>",
                                "<key>QuarantineData</key><data>AAAA</data>"))
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private static void mutate(List<byte[]> originals, int times, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < times; i++) {
            byte[] list = originals.get(random.nextInt(originals.size()));
            for (int j = random.nextInt(4); j >= 0; j--) {
                list = mutated(list, random);
            }
            byte[] content = list;
            int step = i;
            Verification verification = Fixture.read(content, Fixture.ROOT);
            assertNotNull(verification);
            assertEquals(
                    verification.ok(),
                    Fixture.errors(verification).isEmpty(),
                    () -> "seed " + seed + ", step " + step + ": " + new String(content, StandardCharsets.ISO_8859_1));
        }
    }

    private static byte[] mutated(byte[] list, Random random) {
        if (list.length == 0) {
            return list;
        }
        String[] tokens = {
            "<!ENTITY a 'b'>",
            "<dict>",
            "</dict>",
            "&a;",
            "&#0;",
            "</key>",
            "<![CDATA[",
            "]]>",
            "<key>",
            "<array>",
            "<!--",
            "<?a",
            "${",
            "\u0000",
            "\u00ff",
            "99999999999999999999",
            "<plist>",
            "xmlns:a=''",
            "<a:b/>",
            "<integer/>"
        };
        int at = random.nextInt(list.length);
        int end = at + random.nextInt(Math.min(40, list.length - at) + 1);
        switch (random.nextInt(5)) {
            case 0 -> {
                byte[] flipped = list.clone();
                flipped[at] = (byte) random.nextInt(256);
                return flipped;
            }
            case 1 -> {
                return joined(list, at, new byte[0], end);
            }
            case 2 -> {
                return joined(list, end, Arrays.copyOfRange(list, at, end), end);
            }
            case 3 -> {
                byte[] token = tokens[random.nextInt(tokens.length)].getBytes(StandardCharsets.ISO_8859_1);
                return joined(list, at, token, at);
            }
            default -> {
                return Arrays.copyOf(list, at);
            }
        }
    }

    private static byte[] joined(byte[] list, int until, byte[] between, int from) {
        byte[] joined = new byte[until + between.length + list.length - from];
        System.arraycopy(list, 0, joined, 0, until);
        System.arraycopy(between, 0, joined, until, between.length);
        System.arraycopy(list, from, joined, until + between.length, list.length - from);
        return joined;
    }

    /** A binary list of these objects, of which the first is the top; references have two bytes, offsets four. */
    private static byte[] binary(List<byte[]> objects) {
        int size = 8 + objects.stream().mapToInt(object -> object.length).sum();
        java.nio.ByteBuffer list = java.nio.ByteBuffer.allocate(size + 4 * objects.size() + 32);
        list.put("bplist00".getBytes(StandardCharsets.US_ASCII));
        List<Integer> offsets = new ArrayList<>();
        for (byte[] object : objects) {
            offsets.add(list.position());
            list.put(object);
        }
        offsets.forEach(list::putInt);
        list.put(new byte[] {0, 0, 0, 0, 0, 0, 4, 2});
        list.putLong(objects.size()).putLong(0).putLong(size);
        return list.array();
    }

    private Path file(String name, String content) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return file;
    }

    private static Definitions definitionsOf(long uid) {
        Surroundings root = Fixture.ROOT;
        return new Definitions(new Surroundings(uid, root.user(), root.group(), root.hardLimits(), root.program()));
    }
}
