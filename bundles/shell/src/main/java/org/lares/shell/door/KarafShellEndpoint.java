package org.lares.shell.door;

import java.io.IOException;
import org.lares.job.JobException;
import org.lares.shell.verb.Access;
import org.lares.xpc.Connection;
import org.lares.xpc.Endpoint;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Opens Karaf's shell to root and the container's user; where there is none, or it cannot work, says so. Any thread.
 */
@Component(service = Endpoint.class)
public final class KarafShellEndpoint implements Endpoint {
    public static final String NAME = "org.lares.shell.karaf";

    /** Since then Subject.getSubject, with which Karaf's shell asks who sits before it, only throws (JEP 486). */
    private static final int FIRST_WITHOUT_SUBJECT = 24;

    private final KarafShell shell;
    private final int java;
    private final long own = ContainerUser.uid();

    /** @param shell null if there is none */
    @Activate
    public KarafShellEndpoint(
            @Reference(cardinality = ReferenceCardinality.OPTIONAL, policyOption = ReferencePolicyOption.GREEDY)
                    KarafShell shell) {
        this(shell, Runtime.version().feature());
    }

    KarafShellEndpoint(KarafShell shell, int java) {
        this.shell = shell;
        this.java = java;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        Request request = Request.parse(connection.receive());
        Access access = ShellEndpoint.access(connection, own);
        if (!access.controls()) {
            refuse(
                    connection,
                    JobException.Code.NOT_PERMITTED,
                    "uid " + access.caller().uid() + " may not use it; ask root or the container's user (uid " + own
                            + ")");
        } else if (java >= FIRST_WITHOUT_SUBJECT) {
            refuse(
                    connection,
                    JobException.Code.UNSUPPORTED,
                    "Karaf's shell does not work on Java " + java
                            + " (Subject.getSubject is gone); every verb works as bin/lares VERB, and the shell with"
                            + " Java 17");
        } else if (shell == null) {
            refuse(
                    connection,
                    JobException.Code.UNSUPPORTED,
                    "this container has no Karaf shell; install the feature shell, or use bin/lares VERB");
        } else {
            shell.converse(connection, request);
        }
    }

    private static void refuse(Connection connection, JobException.Code code, String reason) throws IOException {
        WireOutput output = new WireOutput(connection);
        output.err().write("cannot open a shell: " + reason + "\n");
        output.exit(code.exit());
    }
}
