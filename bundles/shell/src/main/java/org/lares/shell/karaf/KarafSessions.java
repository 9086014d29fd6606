package org.lares.shell.karaf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedAction;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.ClientPrincipal;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.jline.terminal.Size;
import org.lares.shell.door.KarafShell;
import org.lares.shell.door.Request;
import org.lares.shell.view.Text;
import org.lares.xpc.Connection;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Karaf's shell over the wire: with a terminal a session as on Karaf's own console, otherwise the given commands, or
 * those that come on the input, until one fails. The door's thread takes in what the client sends; the session runs on
 * a thread of its own, which ends with the connection.
 */
@Component
public final class KarafSessions implements KarafShell {
    private static final Logger LOG = LoggerFactory.getLogger(KarafSessions.class);
    private static final int LARGEST_SCRIPT = 1 << 20;

    /** As Karaf's local console: etc/system.properties may name others. */
    private static final String USER = "karaf.local.user";

    private static final String ROLES = "karaf.local.roles";

    private final SessionFactory sessions;

    @Activate
    public KarafSessions(@Reference SessionFactory sessions) {
        this.sessions = sessions;
    }

    @Override
    public void converse(Connection connection, Request request) throws IOException {
        ByteQueue input = new ByteQueue();
        boolean interactive = request.terminal() && request.args().isEmpty();
        WireSender sender = WireSender.start(connection);
        WireTerminal terminal = interactive
                ? new WireTerminal(request.term(), input, new WireStream(sender, "out"), size(request))
                : null;
        Subject subject = subject(connection);
        Thread worker = new Thread(
                () -> sender.exit(Subject.doAs(subject, (PrivilegedAction<Integer>) () ->
                        interactive ? interact(terminal, subject) : execute(sender, request.args(), input, subject))),
                "lares-shell session of " + connection.peer());
        worker.setDaemon(true);
        worker.setUncaughtExceptionHandler((thread, failure) -> {
            LOG.error("{} failed", thread.getName(), failure);
            sender.exit(ExitStatus.of(failure));
        });
        worker.start();
        try {
            for (; ; ) {
                take(connection.receive(), input, terminal);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // the session ended and closed the connection, or the client hung up
            LOG.trace("end of the session of {}", connection.peer(), e);
        } finally {
            input.close();
            if (terminal != null) {
                terminal.close();
            }
            worker.interrupt();
            sender.end();
        }
    }

    private static void take(Object message, ByteQueue input, WireTerminal terminal) throws InterruptedException {
        if (!(message instanceof Map<?, ?> map)) {
            return;
        }
        if (map.get("in") instanceof byte[] bytes) {
            input.put(bytes);
        }
        if (Boolean.TRUE.equals(map.get("eof"))) {
            input.close();
        }
        if (terminal == null) {
            return;
        }
        if (map.get("size") instanceof List<?> size && size.size() == 2) {
            OptionalInt columns = Request.size(size.get(0));
            OptionalInt rows = Request.size(size.get(1));
            if (columns.isPresent() && rows.isPresent()) {
                terminal.resize(new Size(columns.getAsInt(), rows.getAsInt()));
            }
        }
        if (map.get("signal") instanceof String name) {
            for (org.jline.terminal.Terminal.Signal signal : org.jline.terminal.Terminal.Signal.values()) {
                if (signal.name().equals(name)) {
                    terminal.raise(signal);
                }
            }
        }
    }

    private int interact(WireTerminal terminal, Subject subject) {
        PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
        Session session = sessions.create(
                terminal.input(), out, out, terminal, StandardCharsets.UTF_8.name(), () -> LOG.trace("session closed"));
        session.put(Subject.class.getName(), subject);
        try {
            SteadyStreams.give(session, terminal.input(), out);
        } catch (IllegalStateException e) {
            LOG.warn("Ctrl-C may silence a session", e);
        }
        try {
            session.run();
        } finally {
            session.close();
        }
        return 0;
    }

    private int execute(WireSender sender, List<String> args, InputStream input, Subject subject) {
        // Gogo's channels know no flush, and a command may go on for long
        PrintStream out = new PrintStream(new WireStream(sender, "out"), true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new WireStream(sender, "err"), true, StandardCharsets.UTF_8);
        Session session = sessions.create(input, out, err);
        session.put(Subject.class.getName(), subject);
        try {
            String commands = args.isEmpty() ? script(input) : String.join(" ", args);
            Object result = session.execute(commands);
            return result instanceof Integer status ? status : 0;
        } catch (Exception e) {
            out.flush();
            String message = e.getMessage() == null ? e.toString() : e.getMessage();
            err.println(Text.plain(message));
            LOG.debug("a command line failed", e);
            return ExitStatus.of(e);
        } finally {
            session.close();
            out.flush();
            err.flush();
        }
    }

    private static String script(InputStream input) throws IOException {
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        byte[] buffer = new byte[8 * 1024];
        for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
            if (script.size() + read > LARGEST_SCRIPT) {
                throw new IOException("cannot run the commands: more than " + LARGEST_SCRIPT
                        + " bytes; put them into a file and use shell:source");
            }
            script.write(buffer, 0, read);
        }
        return script.toString(StandardCharsets.UTF_8);
    }

    private static Size size(Request request) {
        return request.width().isPresent() && request.rows().isPresent()
                ? new Size(request.width().getAsInt(), request.rows().getAsInt())
                : null;
    }

    private static Subject subject(Connection connection) {
        Subject subject = new Subject();
        subject.getPrincipals().add(new UserPrincipal(System.getProperty(USER, "karaf")));
        subject.getPrincipals()
                .add(new ClientPrincipal("lares", connection.peer().toString()));
        for (String role :
                System.getProperty(ROLES, "admin,manager,viewer,systembundles").split(",")) {
            subject.getPrincipals().add(new RolePrincipal(role.strip()));
        }
        return subject;
    }
}
