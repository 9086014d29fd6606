package org.lares.shell.verb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Caller;
import org.lares.shell.FakeJobControl;

/** Who may do what. */
class RolesTest {
    private static final Map<String, List<String>> LINES = Map.ofEntries(
            Map.entry("list", List.of("list")),
            Map.entry("print", List.of("print", "system")),
            Map.entry("bootstrap", List.of("bootstrap", "system", "/x")),
            Map.entry("bootout", List.of("bootout", "zeta")),
            Map.entry("enable", List.of("enable", "zeta")),
            Map.entry("disable", List.of("disable", "zeta")),
            Map.entry("release", List.of("release", "zeta")),
            Map.entry("kickstart", List.of("kickstart", "zeta")),
            Map.entry("kill", List.of("kill", "9", "zeta")),
            Map.entry("blame", List.of("blame", "com.acme.clock")),
            Map.entry("explain", List.of("explain", "com.acme.clock")),
            Map.entry("history", List.of("history", "com.acme.clock")),
            Map.entry("log", List.of("log", "com.acme.clock")),
            Map.entry("verify", List.of("verify", "/x")),
            Map.entry("help", List.of("help")),
            Map.entry("version", List.of("version")));

    private final FakeJobControl jobs = FakeJobControl.household();

    /** The uid of "nobody", as which com.acme.clock runs. */
    private static long nobody() throws IOException {
        for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
            String[] fields = line.split(":");
            if (fields[0].equals("nobody")) {
                return Long.parseLong(fields[2]);
            }
        }
        throw new IllegalStateException("there is no user nobody here");
    }

    private Call as(long uid, String... args) throws IOException {
        return Call.as(uid, jobs, OptionalInt.empty(), args);
    }

    @Test
    void shouldHoldToTheTable() throws IOException {
        Map<String, String> roles = new TreeMap<>();
        Verbs.all().forEach(entry -> roles.put(entry.name(), entry.role().name()));
        assertEquals(
                Map.ofEntries(
                        Map.entry("list", "READ"),
                        Map.entry("print", "READ"),
                        Map.entry("bootstrap", "CONTROL"),
                        Map.entry("bootout", "CONTROL"),
                        Map.entry("enable", "CONTROL"),
                        Map.entry("disable", "CONTROL"),
                        Map.entry("release", "CONTROL"),
                        Map.entry("kickstart", "CONTROL"),
                        Map.entry("kill", "CONTROL"),
                        Map.entry("blame", "READ"),
                        Map.entry("explain", "READ"),
                        Map.entry("history", "READ"),
                        Map.entry("log", "READ"),
                        Map.entry("verify", "CONTROL"),
                        Map.entry("help", "READ"),
                        Map.entry("version", "READ")),
                roles);
    }

    @Test
    void shouldRefuseToControlForEveryVerbThatDoes() throws IOException {
        for (Verbs.Entry entry : Verbs.all()) {
            String[] line = LINES.get(entry.name()).toArray(String[]::new);
            boolean control = entry.role() == Access.Role.CONTROL;
            assertEquals(
                    control ? 1 : entry.name().equals("log") ? 5 : 0,
                    as(nobody(), line).exit(),
                    entry.name());
            assertEquals(List.of(), jobs.requests, entry.name());
        }
    }

    @Test
    void shouldLetRootAndTheContainersUserControl() throws IOException {
        assertEquals(0, as(0, "enable", "zeta").exit());
        assertEquals(0, as(Call.OWN, "disable", "zeta").exit());
        assertEquals(List.of("enable zeta uid 0", "disable zeta uid " + Call.OWN), jobs.requests);
    }

    @Test
    void shouldShowOthersOnlyWhatIsTheirs() throws IOException {
        assertEquals(2, as(nobody(), "list").out().lines().count());
        assertTrue(as(nobody(), "list").out().contains("com.acme.clock"));
        assertEquals(1, as(4242, "list").out().lines().count());
        assertFalse(as(4242, "print", "system").out().contains("com.acme"));
        for (String verb : List.of("print", "blame", "explain", "history", "log")) {
            Call hidden = as(4242, verb, "com.acme.clock");
            Call absent = as(4242, verb, "com.acme.absent");
            assertEquals(113, hidden.exit(), verb);
            assertEquals(absent.err().replace("absent", "clock"), hidden.err(), verb);
        }
    }

    @Test
    void shouldKeepValuesOfTheEnvironmentFromOthers() throws IOException {
        assertTrue(as(0, "print", "com.acme.clock").out().contains("hunter2"));
        for (String[] line : List.of(
                new String[] {"print", "com.acme.clock"},
                new String[] {"print", "--json", "system"},
                new String[] {"list", "--json"})) {
            String shown = as(nobody(), line).out();
            assertTrue(shown.contains("API_KEY"), shown);
            assertFalse(shown.contains("hunter2"), shown);
        }
        assertTrue(as(nobody(), "print", "com.acme.clock").out().contains("API_KEY => (set)"));
    }

    @Test
    void shouldNotReadForOthersWhatTheyCouldExchange(@TempDir Path folder) throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        jobs.logs = List.of(Files.writeString(open.resolve("log"), "secret\n"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        Call refused = as(nobody(), "log", "com.acme.clock");
        assertEquals(1, refused.exit());
        assertEquals("", refused.out());
        assertEquals("secret\n", as(0, "log", "com.acme.clock").out());

        // Above it lies /tmp, where everybody may write but nobody may exchange what is another's.
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwx------"));
        assertEquals("secret\n", as(nobody(), "log", "com.acme.clock").out());
    }

    @Test
    void shouldKnowUsersByNameAndByNumber() throws IOException {
        assertTrue(new Access(new Caller(nobody(), 0, OptionalLong.empty()), 1).sees(FakeJobControl.clock()));
        assertFalse(new Access(new Caller(0xffff_fff0L, 0, OptionalLong.empty()), 1).sees(FakeJobControl.clock()));
        assertFalse(new Access(new Caller(nobody(), 0, OptionalLong.empty()), 1).sees(FakeJobControl.idle()));
    }
}
