package org.lares.shell.door;

import java.io.EOFException;
import java.io.IOException;
import java.time.ZoneId;
import java.util.Map;
import java.util.OptionalInt;
import org.lares.job.Caller;
import org.lares.job.JobControl;
import org.lares.shell.verb.Access;
import org.lares.shell.verb.Cancellation;
import org.lares.shell.verb.Session;
import org.lares.shell.verb.Verbs;
import org.lares.xpc.Connection;
import org.lares.xpc.Endpoint;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one verb a connection, as the peer that the kernel names. Whoever hangs up, or says so, cancels it. Any thread;
 * a second one listens for the hang-up while the verb runs, and ends with the connection.
 */
@Component(service = Endpoint.class)
public final class ShellEndpoint implements Endpoint {
    public static final String NAME = "org.lares.shell";
    private static final Logger LOG = LoggerFactory.getLogger(ShellEndpoint.class);

    private final JobControl jobs;
    private final String version;
    private final long own = ContainerUser.uid();

    @Activate
    public ShellEndpoint(BundleContext context, @Reference JobControl jobs) {
        this(jobs, context.getBundle().getVersion().toString());
    }

    public ShellEndpoint(JobControl jobs, String version) {
        this.jobs = jobs;
        this.version = version;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        Request request = Request.parse(connection.receive());
        Access access = access(connection, own);
        Cancellation cancellation = new Cancellation();
        Thread listener =
                new Thread(() -> listen(connection, cancellation), "lares-shell hang-up of " + connection.peer());
        listener.setDaemon(true);
        listener.start();
        try {
            WireOutput output = new WireOutput(connection);
            Session session = new Session(
                    jobs,
                    access,
                    output.out(),
                    output.err(),
                    request.terminal() ? request.width() : OptionalInt.empty(),
                    request.folder(),
                    ZoneId.systemDefault(),
                    cancellation,
                    version);
            output.exit(Verbs.run(session, request.args()));
        } finally {
            // ends the listener, which waits in receive
            connection.close();
        }
    }

    static Access access(Connection connection, long own) {
        return new Access(
                new Caller(
                        connection.peer().uid(),
                        connection.peer().gid(),
                        connection.peer().pid()),
                own);
    }

    private static void listen(Connection connection, Cancellation cancellation) {
        try {
            for (; ; ) {
                if (connection.receive() instanceof Map<?, ?> message && Boolean.TRUE.equals(message.get("cancel"))) {
                    cancellation.cancel();
                }
            }
        } catch (EOFException e) {
            LOG.trace("{} hung up", connection.peer());
        } catch (IOException e) {
            LOG.trace("{} is gone", connection.peer(), e);
        } finally {
            cancellation.cancel();
        }
    }
}
