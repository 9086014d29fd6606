package org.lares.shell.karaf;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.CommandException;
import org.lares.job.JobControl;
import org.lares.shell.door.ContainerUser;
import org.lares.shell.verb.Access;
import org.lares.shell.verb.Cancellation;
import org.lares.shell.verb.Verbs;

/** A verb as the command {@code job:VERB}. Whoever reached Karaf's shell acts as the container's user. Any thread. */
final class JobCommand implements Command {
    static final String SCOPE = "job";

    private final Verbs.Entry verb;
    private final JobControl jobs;
    private final String version;

    JobCommand(Verbs.Entry verb, JobControl jobs, String version) {
        this.verb = verb;
        this.jobs = jobs;
        this.version = version;
    }

    @Override
    public String getScope() {
        return SCOPE;
    }

    @Override
    public String getName() {
        return verb.name();
    }

    @Override
    public String getDescription() {
        return verb.description();
    }

    @Override
    public Completer getCompleter(boolean scoped) {
        return new VerbCompleter(verb, jobs, scoped);
    }

    @Override
    public Parser getParser() {
        return null;
    }

    /** @throws CommandException if the exit status is not 0: with what the verb said, caused by {@link ExitStatus} */
    @Override
    public Object execute(Session session, List<Object> arguments) throws Exception {
        List<String> args = new ArrayList<>();
        args.add(verb.name());
        arguments.forEach(argument -> args.add(String.valueOf(argument)));
        StringBuilder complaints = new StringBuilder();
        // Karaf binds System.out to the session and, within a pipe, to its next command
        PrintStream out = System.out;
        int status = Verbs.run(
                new org.lares.shell.verb.Session(
                        jobs,
                        new Access(ContainerUser.caller(), ContainerUser.uid()),
                        new org.lares.shell.verb.Session.Sink() {
                            @Override
                            public void write(String text) {
                                out.print(text);
                            }

                            @Override
                            public void flush() {
                                out.flush();
                            }
                        },
                        complaints::append,
                        session.getTerminal() == null
                                ? OptionalInt.empty()
                                : OptionalInt.of(session.getTerminal().getWidth()),
                        Optional.ofNullable(session.currentDir()).map(Path::toAbsolutePath),
                        ZoneId.systemDefault(),
                        new Cancellation(),
                        version),
                args);
        out.flush();
        if (status == Verbs.CANCELLED) {
            // Ctrl-C: the shell knows that already, and prints nothing about this exception
            Thread.interrupted();
            throw new InterruptedException(verb.name() + " was interrupted");
        }
        if (status != 0) {
            String reason = complaints.isEmpty()
                    ? verb.name() + " ended with " + status
                    : complaints.toString().strip();
            throw new CommandException(reason, new ExitStatus(status));
        }
        return null;
    }
}
