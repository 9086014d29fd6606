package org.lares.shell.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.shell.FakeJobControl;
import org.lares.xpc.Client;
import org.lares.xpc.Connection;
import org.lares.xpc.Door;
import org.lares.xpc.Endpoint;
import org.lares.xpc.SocketPlace;

/** The verbs over a real socket, and bin/lares' main in a JVM of its own. */
class DoorTest {
    @TempDir
    private Path base;

    private final FakeJobControl jobs = FakeJobControl.household();
    private final CountDownLatch served = new CountDownLatch(1);
    private final Endpoint shell = new ShellEndpoint(jobs, "0.1.0");
    private Path socket;
    private volatile Endpoint karaf;
    private Door door;

    @BeforeEach
    void open() throws IOException {
        System.setProperty("LARES_RUN_DIR", base.resolve("run").toString());
        socket = SocketPlace.of(base);
        door = Door.open(
                socket,
                false,
                name -> name.equals(shell.name())
                        ? Optional.of(watched())
                        : Optional.ofNullable(karaf).filter(endpoint -> name.equals(endpoint.name())));
    }

    @AfterEach
    void close() throws IOException {
        door.close();
        System.clearProperty("LARES_RUN_DIR");
    }

    private Endpoint watched() {
        return new Endpoint() {
            @Override
            public String name() {
                return shell.name();
            }

            @Override
            public void serve(Connection connection) throws IOException {
                try {
                    shell.serve(connection);
                } finally {
                    served.countDown();
                }
            }
        };
    }

    @Test
    void shouldAnswerWithTextAndExit() throws IOException {
        try (Connection connection = Client.connect(socket, ShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of("list", "zeta")));
            assertEquals(
                    Map.of(
                            "out",
                            "PID\tStatus\tLabel\tState\tSince/Next\tRuns\tWhere\n-\t0\tzeta\tnot running\t-\t0\tprogram\n"),
                    connection.receive());
            assertEquals(Map.of("exit", 0L), connection.receive());
        }
    }

    @Test
    void shouldTakeTheCallerFromTheKernel() throws IOException {
        try (Connection connection = Client.connect(socket, ShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of("enable", "zeta"), "uid", 12345L));
            assertEquals(Map.of("exit", 0L), connection.receive());
        }
        long uid = ContainerUser.uid();
        assertEquals(
                List.of("enable zeta uid " + uid + " (pid "
                        + ProcessHandle.current().pid() + ")"),
                jobs.requests);
    }

    @Test
    void shouldEndAFollowedLogWhenTheClientHangsUp() throws Exception {
        Path log = Files.writeString(base.resolve("zeta.log"), "first\n");
        jobs.logs = List.of(log);
        try (Connection connection = Client.connect(socket, ShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of("log", "-f", "zeta")));
            assertEquals(Map.of("out", "first\n"), connection.receive());
            Files.writeString(log, "second\n", StandardOpenOption.APPEND);
            assertEquals(Map.of("out", "second\n"), connection.receive());
        }
        served.await();
    }

    @Test
    void shouldCancelOnDemand() throws IOException {
        jobs.silent = true;
        try (Connection connection = Client.connect(socket, ShellEndpoint.NAME)) {
            connection.send(Map.of("args", List.of("bootout", "zeta")));
            connection.send(Map.of("cancel", true));
            assertEquals(Map.of("exit", 130L), connection.receive());
        }
    }

    @Test
    void shouldRefuseWhatIsNoRequest() throws Exception {
        for (Object nonsense :
                Arrays.asList(null, 1L, List.of(), Map.of("args", "list"), Map.of("args", List.of(1L)))) {
            try (Connection connection = Client.connect(socket, ShellEndpoint.NAME)) {
                connection.send(nonsense);
                served.await();
            }
        }
        shouldAnswerWithTextAndExit();
    }

    @Test
    void shouldPrintAndExitAsTheContainerSays() throws Exception {
        Ran list = lares("list", "zeta");
        assertEquals(0, list.exit, list.err);
        assertEquals(
                "PID\tStatus\tLabel\tState\tSince/Next\tRuns\tWhere\n-\t0\tzeta\tnot running\t-\t0\tprogram\n",
                list.out);

        Ran unknown = lares("print", "system/no.such");
        assertEquals(113, unknown.exit);
        assertEquals("", unknown.out);
        assertEquals("cannot print system/no.such: no such job; \"lares list\" shows what is there\n", unknown.err);
    }

    @Test
    void shouldSayThatTheContainerIsDown() throws Exception {
        door.close();
        Ran list = lares("list");
        assertEquals(69, list.exit);
        assertTrue(list.err.endsWith("; start it with " + base + "/bin/lares-container start\n"), list.err);
        Ran help = lares("--help");
        assertEquals(0, help.exit);
        assertTrue(help.out.contains("bootstrap"), help.out);
    }

    @Test
    void shouldSayThatThereIsNoShell() throws Exception {
        Ran shell = lares("shell", "bundle:list");
        assertEquals(69, shell.exit);
        assertEquals(1, shell.err.lines().count(), shell.err);
    }

    @Test
    void shouldRefuseAShellWhereItCannotWork() throws Exception {
        karaf = new KarafShellEndpoint((connection, request) -> connection.send(Map.of("exit", 0L)), 25);
        Ran shell = lares("shell");
        assertEquals(125, shell.exit);
        assertEquals(
                "cannot open a shell: Karaf's shell does not work on Java 25 (Subject.getSubject is gone); every verb"
                        + " works as bin/lares VERB, and the shell with Java 17\n",
                shell.err);
        karaf = new KarafShellEndpoint(null, 17);
        assertEquals(125, lares("shell").exit);
        karaf = new KarafShellEndpoint((connection, request) -> connection.send(Map.of("exit", 7L)), 17);
        assertEquals(7, lares("shell", "x").exit);
    }

    @Test
    void shouldEndQuietlyWhenNobodyReads() throws Exception {
        Path log = base.resolve("zeta.log");
        jobs.logs = List.of(Files.writeString(log, ("x".repeat(100) + "\n").repeat(100_000)));
        Process client = start("log", "zeta");
        try (InputStream out = client.getInputStream()) {
            out.read();
        }
        assertEquals("", new String(client.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(141, client.waitFor());
    }

    @Test
    void shouldEndOnInterrupt() throws Exception {
        Path log = Files.writeString(base.resolve("zeta.log"), "first\n");
        jobs.logs = List.of(log);
        Process client = start("log", "-f", "zeta");
        try (BufferedReader out = client.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("first", out.readLine());
            new ProcessBuilder("kill", "-INT", Long.toString(client.pid()))
                    .start()
                    .waitFor();
            assertEquals("", new String(client.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        }
        assertEquals(130, client.waitFor());
        served.await();
    }

    private record Ran(int exit, String out, String err) {}

    private Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dlares.base=" + base,
                "-DLARES_RUN_DIR=" + base.resolve("run"),
                "-Xshare:auto",
                "org.lares.shell.client.Lares"));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).start();
    }

    private Ran lares(String... args) throws Exception {
        Process process = start(args);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), out, err);
    }
}
