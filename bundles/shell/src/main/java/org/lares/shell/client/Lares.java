package org.lares.shell.client;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lares.xpc.Client;
import org.lares.xpc.Connection;
import org.lares.xpc.RefusedException;
import org.lares.xpc.SocketPlace;

/**
 * The main of {@code bin/lares}: sends its arguments to the container and prints what comes back. Knows no verb but
 * {@code shell} and the overview of {@code help}; what there is, the container says.
 *
 * <p>System properties: {@code lares.base}, the container's base folder; {@code lares.home}, the installation.
 * Environment: {@code LARES_TTY_SIZE} ({@code rows columns}, set by bin/lares if its input is a terminal, which it then
 * has put into raw mode for {@code shell} without a command), {@code TERM}.
 */
public final class Lares {
    static final int USAGE = 64;
    static final int UNAVAILABLE = 69;
    /** What a shell reports for a program that SIGPIPE ended. */
    static final int CLOSED_OUTPUT = 141;

    /** The verb is the client's own, so the container has no help for it. */
    private static final Set<List<String>> SHELL_HELP =
            Set.of(List.of("help", "shell"), List.of("shell", "--help"), List.of("shell", "-h"));

    private static final String SHELL_USAGE =
            """
            Usage: shell [COMMAND...]
            Open Karaf's shell, or run its commands.
                  [COMMAND...]   one command line, for example job:list or 'job:list | grep running';
                                   its words are joined by blanks, and the shell quotes and expands them
            Without COMMAND: on a terminal a session, ended by logout or Ctrl-D; otherwise the commands on
            standard input, until one fails. The exit status is that of the job: command that failed,
            1 if another one failed. For root and the container's user only.
            """;

    private final OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 * 1024);
    private final OutputStream err = new FileOutputStream(FileDescriptor.err);

    private Lares() {}

    public static void main(String[] args) {
        int status = new Lares().run(List.of(args));
        // halt: the thread that reads standard input cannot be ended otherwise, and nothing here needs a hook
        Runtime.getRuntime().halt(status);
    }

    private int run(List<String> args) {
        try {
            if (args.isEmpty()
                    || List.of("help").equals(args)
                    || args.get(0).equals("--help")
                    || args.get(0).equals("-h")) {
                overview();
                return args.isEmpty() ? USAGE : 0;
            }
            if (SHELL_HELP.contains(args)) {
                write(out, SHELL_USAGE);
                return 0;
            }
            return converse(args);
        } catch (ClosedOutputException e) {
            return CLOSED_OUTPUT;
        }
    }

    private int converse(List<String> args) throws ClosedOutputException {
        String base = System.getProperty("lares.base");
        if (base == null) {
            return fail("cannot find the container: lares.base is not set; use bin/lares", USAGE);
        }
        boolean shell = args.get(0).equals("shell");
        String endpoint = shell ? "org.lares.shell.karaf" : "org.lares.shell";
        try (Connection connection = Client.connect(SocketPlace.of(Path.of(base)), endpoint)) {
            connection.send(request(shell ? args.subList(1, args.size()) : args));
            if (shell) {
                forwardInput(connection);
            }
            if (shell && args.size() == 1 && onTerminal()) {
                Window.watch(size -> resize(connection, size));
            }
            return print(connection);
        } catch (RefusedException e) {
            return fail("cannot " + args.get(0) + ": the container refuses: " + e.getMessage(), UNAVAILABLE);
        } catch (ConnectException | UncheckedIOException e) {
            return fail(
                    "cannot " + args.get(0) + ": the container at " + base + " does not answer (" + e.getMessage()
                            + "); start it with " + launcher(base) + " start",
                    UNAVAILABLE);
        } catch (EOFException e) {
            // A session's cursor may be anywhere, and its terminal is raw
            return fail(
                    shell && args.size() == 1
                            ? "\r\ncannot go on with the shell: the container has ended; \"lares-container status\""
                                    + " says whether another one runs\r"
                            : "cannot " + args.get(0) + ": the container ended before it answered",
                    UNAVAILABLE);
        } catch (ClosedOutputException e) {
            throw e;
        } catch (IOException e) {
            return fail("cannot " + args.get(0) + ": " + e.getMessage(), UNAVAILABLE);
        }
    }

    /** One installation may serve several bases; the launcher is only in the installation. */
    private static String launcher(String base) {
        String home = System.getProperty("lares.home", base);
        return (home.equals(base) ? "" : "LARES_BASE=" + base + " ") + home + "/bin/lares-container";
    }

    private static Map<String, Object> request(List<String> args) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("args", args);
        request.put("cwd", Path.of("").toAbsolutePath().toString());
        request.put("term", System.getenv().getOrDefault("TERM", "dumb"));
        String[] size =
                System.getenv().getOrDefault("LARES_TTY_SIZE", "").trim().split(" +");
        boolean terminal = size.length == 2;
        request.put("tty", terminal);
        if (terminal) {
            try {
                request.put("height", Long.parseLong(size[0]));
                request.put("width", Long.parseLong(size[1]));
            } catch (NumberFormatException e) {
                request.put("tty", false);
            }
        }
        return request;
    }

    private static boolean onTerminal() {
        return System.getenv("LARES_TTY_SIZE") != null;
    }

    private static void resize(Connection connection, List<Long> size) {
        try {
            connection.send(Map.of("size", size));
        } catch (IOException e) {
            // The connection is gone, and the main thread is about to say why.
            return;
        }
    }

    private int print(Connection connection) throws IOException {
        for (; ; ) {
            if (!(connection.receive() instanceof Map<?, ?> message)) {
                throw new IOException("the container does not keep the protocol");
            }
            if (message.get("exit") instanceof Long status) {
                return status.intValue();
            }
            write(out, message.get("out"));
            write(err, message.get("err"));
        }
    }

    private static void write(OutputStream stream, Object text) throws ClosedOutputException {
        byte[] bytes;
        if (text instanceof String string) {
            bytes = string.getBytes(StandardCharsets.UTF_8);
        } else if (text instanceof byte[] raw) {
            bytes = raw;
        } else {
            return;
        }
        try {
            stream.write(bytes);
            stream.flush();
        } catch (IOException e) {
            throw new ClosedOutputException(e);
        }
    }

    private static void forwardInput(Connection connection) {
        Thread forwarder = new Thread(
                () -> {
                    byte[] buffer = new byte[8 * 1024];
                    InputStream in = System.in;
                    try {
                        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                            connection.send(Map.of("in", java.util.Arrays.copyOf(buffer, read)));
                        }
                        connection.send(Map.of("eof", true));
                    } catch (IOException e) {
                        // The connection is gone, and the main thread is about to say why; or there is no input at all.
                        return;
                    }
                },
                "lares-stdin");
        forwarder.setDaemon(true);
        forwarder.start();
    }

    private void overview() throws ClosedOutputException {
        try (InputStream text = Lares.class.getResourceAsStream("overview.txt")) {
            write(out, text.readAllBytes());
        } catch (ClosedOutputException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the overview", e);
        }
    }

    private int fail(String message, int status) throws ClosedOutputException {
        write(err, message + "\n");
        return status;
    }

    /** Nobody reads what is printed. */
    private static final class ClosedOutputException extends IOException {
        private static final long serialVersionUID = 1L;

        ClosedOutputException(IOException cause) {
            super(cause);
        }
    }
}
