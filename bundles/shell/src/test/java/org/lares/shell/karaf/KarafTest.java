package org.lares.shell.karaf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.impl.console.SessionFactoryImpl;
import org.apache.karaf.shell.support.CommandException;
import org.apache.karaf.shell.support.ShellUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lares.shell.FakeJobControl;
import org.lares.shell.door.KarafShellEndpoint;
import org.lares.xpc.Client;
import org.lares.xpc.Connection;
import org.lares.xpc.Door;
import org.lares.xpc.Endpoint;
import org.lares.xpc.SocketPlace;

/** The verbs in Karaf's own shell, and that shell over a real socket. */
class KarafTest {
    private static final Map<String, String> NO_PROPERTIES = Map.of();

    @TempDir
    private Path base;

    private final FakeJobControl jobs = FakeJobControl.household();
    private final Map<String, String> before = new HashMap<>(NO_PROPERTIES);
    private ThreadIOImpl threadIo;
    private SessionFactoryImpl sessions;
    private JobCommands commands;
    private Door door;
    private Path socket;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(
                Runtime.version().feature() < 24,
                "Karaf's shell needs Subject.getSubject, which Java 24 and later lack");
        set("karaf.etc", base.toString());
        set("karaf.home", base.toString());
        set("karaf.history", base.resolve("history").toString());
        set("LARES_RUN_DIR", base.resolve("run").toString());
        threadIo = new ThreadIOImpl();
        threadIo.start();
        sessions = new SessionFactoryImpl(threadIo);
        commands = new JobCommands("0.1.0", sessions.getRegistry(), jobs);
        socket = SocketPlace.of(base);
        Endpoint endpoint = new KarafShellEndpoint(new KarafSessions(sessions));
        door = Door.open(socket, false, name -> Optional.of(endpoint)
                .filter(e -> e.name().equals(name)));
    }

    @AfterEach
    void stop() throws IOException {
        if (door == null) {
            return;
        }
        door.close();
        sessions.stop();
        threadIo.stop();
        before.forEach((name, value) -> {
            if (value == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, value);
            }
        });
    }

    private void set(String name, String value) {
        before.put(name, System.setProperty(name, value));
    }

    private String run(String line) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        Session session = sessions.create(new ByteArrayInputStream(new byte[0]), stream, stream);
        try {
            session.execute(line);
        } finally {
            session.close();
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldRunVerbsAsCommandsAndInPipes() throws Exception {
        assertEquals(
                "PID\tStatus\tLabel\tState\tSince/Next\tRuns\tWhere\n-\t0\tzeta\tnot running\t-\t0\tprogram\n",
                run("job:list zeta"));
        assertEquals("-\t0\tzeta\tnot running\t-\t0\tprogram\n", run("job:list | grep --color=never zeta"));
        assertTrue(run("job:kickstart --help").startsWith("Usage: kickstart [-hkp]"));
        run("job:kickstart -k zeta");
        assertEquals(1, jobs.requests.size());
        assertTrue(jobs.requests.get(0).startsWith("kickstart -k zeta uid "), jobs.requests.toString());
    }

    @Test
    void shouldFailVisiblyWithTheVerbsWords() {
        CommandException failure = assertThrows(CommandException.class, () -> run("job:print no.such"));
        assertEquals(
                "cannot print system/no.such: no such job; \"lares list\" shows what is there", failure.getMessage());
        assertEquals(113, ExitStatus.of(failure));
    }

    @Test
    void shouldLeaveNoCommandBehind() {
        commands.close();
        assertEquals(
                List.of(),
                sessions.getRegistry().getCommands().stream()
                        .map(Command::getScope)
                        .filter(JobCommand.SCOPE::equals)
                        .toList());
    }

    @Test
    void shouldCompleteNamesOptionsTargetsAndSignals() {
        assertEquals(List.of("job:kill "), complete("kill", false, "job:ki"));
        assertEquals(List.of("kill "), complete("kill", true, "k"));
        assertEquals(List.of("SIGQUIT "), complete("kill", false, "job:kill", "SIGQ"));
        assertEquals(List.of("system/zeta "), complete("kill", false, "job:kill", "9", "system/z"));
        assertEquals(List.of("zeta "), complete("list", false, "job:list", "z"));
        assertEquals(List.of("zeta "), complete("explain", false, "job:explain", "z"));
        assertEquals(List.of("system/zeta "), complete("kickstart", false, "job:kickstart", "-k", "system/z"));
        assertEquals(List.of("--help ", "--json "), complete("list", false, "job:list", "--"));
        assertEquals(List.of("blame ", "bootout ", "bootstrap "), complete("help", false, "job:help", "b"));
        assertEquals(List.of(), complete("list", false, "bundle:list", "z"));
    }

    private List<String> complete(String verb, boolean scoped, String... words) {
        Session session = sessions.create(new ByteArrayInputStream(new byte[0]), System.out, System.err);
        List<String> candidates = new ArrayList<>();
        sessions.getRegistry().getCommand("job", verb).getCompleter(scoped).complete(session, line(words), candidates);
        session.close();
        return new ArrayList<>(new TreeSet<>(candidates));
    }

    private static CommandLine line(String... words) {
        String buffer = String.join(" ", words);
        return new CommandLine() {
            @Override
            public int getCursorArgumentIndex() {
                return words.length - 1;
            }

            @Override
            public String getCursorArgument() {
                return words[words.length - 1];
            }

            @Override
            public int getArgumentPosition() {
                return getCursorArgument().length();
            }

            @Override
            public String[] getArguments() {
                return words.clone();
            }

            @Override
            public int getBufferPosition() {
                return buffer.length();
            }

            @Override
            public String getBuffer() {
                return buffer;
            }
        };
    }

    @Test
    void shouldExecuteCommandsOverTheWire() throws IOException {
        Heard heard = converse(Map.of("args", List.of("job:list", "|", "grep", "--color=never", "zeta")));
        assertEquals(new Heard("-\t0\tzeta\tnot running\t-\t0\tprogram\n", "", 0), heard);

        Heard failed = converse(Map.of("args", List.of("job:print no.such")));
        assertEquals("", failed.out);
        assertEquals("cannot print system/no.such: no such job; \"lares list\" shows what is there\n", failed.err);
        assertEquals(113, failed.exit);

        assertEquals(1, converse(Map.of("args", List.of("no:such"))).exit);
    }

    @Test
    void shouldActAsTheLocalUser() throws IOException {
        sessions.getRegistry().register(new TestCommand("who", () -> System.out.print(ShellUtil.getCurrentUserName())));
        assertEquals(new Heard("karaf", "", 0), converse(Map.of("args", List.of("test:who"))));
    }

    private record TestCommand(String name, Runnable work) implements Command {
        @Override
        public String getScope() {
            return "test";
        }

        @Override
        public String getName() {
            return name;
        }

        @Override
        public String getDescription() {
            return name;
        }

        @Override
        public Completer getCompleter(boolean scoped) {
            return null;
        }

        @Override
        public Parser getParser() {
            return null;
        }

        @Override
        public Object execute(Session session, List<Object> arguments) {
            work.run();
            return null;
        }
    }

    @Test
    void shouldExecuteAScriptUpToItsFirstFailure() throws IOException {
        Heard heard = converse(
                Map.of("args", List.of()),
                Map.of("in", "echo one\njob:blame no".getBytes(StandardCharsets.UTF_8)),
                Map.of("in", ".such\necho two\n".getBytes(StandardCharsets.UTF_8)),
                Map.of("eof", true));
        assertEquals("one\n", heard.out);
        assertEquals(113, heard.exit);
    }

    @Test
    @Timeout(60)
    void shouldSendWhatACommandPrintsBeforeItEnds() throws IOException {
        CountDownLatch seen = new CountDownLatch(1);
        sessions.getRegistry().register(new TestCommand("slow", () -> {
            System.out.println("begun");
            await(seen);
        }));
        try (Connection connection = Client.connect(socket, KarafShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of("test:slow")));
            until(connection, "begun");
            seen.countDown();
            assertEquals(0, hear(connection).exit);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldHoldASessionOnATerminal() throws IOException {
        try (Connection connection = Client.connect(socket, KarafShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of(), "tty", true, "term", "xterm", "width", 100L, "height", 30L));
            until(connection, "karaf");
            connection.send(Map.of("size", List.of(120L, 40L)));
            connection.send(Map.of("in", "job:list zeta\r".getBytes(StandardCharsets.UTF_8)));
            until(connection, "zeta   not running");
            connection.send(Map.of("in", new byte[] {4}));
            Heard rest = hear(connection);
            assertEquals(0, rest.exit);
        }
    }

    @Test
    @Timeout(60)
    void shouldPrintAfterACommandWasInterruptedWhilePrinting() throws IOException {
        sessions.getRegistry().register(new TestCommand("flood", () -> {
            while (!Thread.currentThread().isInterrupted()) {
                System.out.println("a flood of lines");
            }
        }));
        sessions.getRegistry().register(new TestCommand("mark", () -> System.out.println("it prints")));
        try (Connection connection = Client.connect(socket, KarafShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of(), "tty", true, "term", "xterm", "width", 100L, "height", 30L));
            until(connection, "karaf");
            for (int round = 0; round < 3; round++) {
                connection.send(Map.of("in", "test:flood\r".getBytes(StandardCharsets.UTF_8)));
                until(connection, "a flood of lines");
                connection.send(Map.of("in", new byte[] {3}));
                connection.send(Map.of("in", "test:mark\r".getBytes(StandardCharsets.UTF_8)));
                until(connection, "it prints");
            }
            connection.send(Map.of("in", new byte[] {4}));
            assertEquals(0, hear(connection).exit);
        }
    }

    private static void until(Connection connection, String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(text) < 0) {
            Map<?, ?> message = (Map<?, ?>) connection.receive();
            assertTrue(message.get("out") instanceof byte[], seen + " then " + message);
            seen.append(new String((byte[]) message.get("out"), StandardCharsets.UTF_8));
        }
    }

    private record Heard(String out, String err, int exit) {}

    private Heard converse(Map<?, ?>... messages) throws IOException {
        try (Connection connection = Client.connect(socket, KarafShellEndpoint.NAME)) {
            for (Map<?, ?> message : messages) {
                connection.send(message);
            }
            return hear(connection);
        }
    }

    private static Heard hear(Connection connection) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        for (; ; ) {
            Map<?, ?> message = (Map<?, ?>) connection.receive();
            if (message.get("exit") instanceof Long exit) {
                return new Heard(
                        out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), exit.intValue());
            }
            if (message.get("out") instanceof byte[] bytes) {
                out.write(bytes);
            }
            if (message.get("err") instanceof byte[] bytes) {
                err.write(bytes);
            }
        }
    }
}
