package org.lares.shell.verb;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.lares.job.Domain;
import org.lares.job.JobException;
import org.lares.job.Label;
import org.lares.job.Target;
import org.lares.shell.verb.Access.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * The table of verbs, and who may use which; both doors go through {@link #run}. A verb that is not in the table does
 * not exist, a role that is not held refuses before anything is looked at. Without state; from any thread.
 */
public final class Verbs {
    private static final Logger LOG = LoggerFactory.getLogger(Verbs.class);

    /** What a cancelled call answers, should anybody still listen: what a shell reports for SIGINT. */
    public static final int CANCELLED = 130;

    private static final int NARROWEST = 55;
    private static final int WIDEST = 100;

    /** What stands where in a verb's arguments, for completion. */
    public enum Argument {
        TARGET,
        DOMAIN,
        LABEL,
        SIGNAL,
        PATH,
        VERB
    }

    /**
     * A row of the table.
     *
     * @param arguments by position; the last one may be repeated
     */
    public record Entry(String name, Role role, List<Argument> arguments, Supplier<Verb> maker) {

        public String description() {
            return commandLine(this, Domain.SYSTEM)
                    .getCommandSpec()
                    .usageMessage()
                    .description()[0];
        }

        /** The options, with all their names. */
        public List<String> options() {
            return commandLine(this, Domain.SYSTEM).getCommandSpec().options().stream()
                    .map(OptionSpec::names)
                    .flatMap(Arrays::stream)
                    .toList();
        }
    }

    private static final Map<String, Entry> TABLE = new LinkedHashMap<>();

    static {
        entry("list", Role.READ, ListVerb::new, Argument.LABEL);
        entry("print", Role.READ, PrintVerb::new, Argument.TARGET);
        entry("bootstrap", Role.CONTROL, BootstrapVerb::new, Argument.DOMAIN, Argument.PATH);
        entry("bootout", Role.CONTROL, BootoutVerb::new, Argument.TARGET, Argument.PATH);
        entry("enable", Role.CONTROL, EnableVerb::new, Argument.TARGET);
        entry("disable", Role.CONTROL, DisableVerb::new, Argument.TARGET);
        entry("release", Role.CONTROL, ReleaseVerb::new, Argument.TARGET);
        entry("kickstart", Role.CONTROL, KickstartVerb::new, Argument.TARGET);
        entry("kill", Role.CONTROL, KillVerb::new, Argument.SIGNAL, Argument.TARGET);
        entry("blame", Role.READ, BlameVerb::new, Argument.TARGET);
        entry("explain", Role.READ, ExplainVerb::new, Argument.TARGET);
        entry("history", Role.READ, HistoryVerb::new, Argument.TARGET);
        entry("log", Role.READ, LogVerb::new, Argument.TARGET);
        entry("verify", Role.CONTROL, VerifyVerb::new, Argument.PATH);
        entry("help", Role.READ, HelpVerb::new, Argument.VERB);
        entry("version", Role.READ, VersionVerb::new);
    }

    private Verbs() {}

    private static void entry(String name, Role role, Supplier<Verb> maker, Argument... arguments) {
        TABLE.put(name, new Entry(name, role, List.of(arguments), maker));
    }

    /** All verbs, in the order of the help. */
    public static List<Entry> all() {
        return List.copyOf(TABLE.values());
    }

    /**
     * Runs one command line, verb first, and says on the session's err why it was refused, if it was.
     *
     * @return exit status (launchctl(1)): 0, or the code of {@link JobException}
     * @throws IOException if the caller cannot be told any more
     */
    public static int run(Session session, List<String> args) throws IOException {
        String name = args.isEmpty() ? "help" : args.get(0);
        if (name.equals("--help") || name.equals("-h")) {
            name = "help";
        } else if (name.equals("--version")) {
            name = "version";
        }
        Entry entry = TABLE.get(name);
        if (entry == null) {
            session.complain("not a verb: \"" + name + "\"; \"lares help\" lists them");
            return JobException.Code.USAGE.exit();
        }
        try {
            return run(session, entry, args.subList(Math.min(1, args.size()), args.size()));
        } catch (JobException e) {
            session.complain(e.getMessage());
            return e.code().exit();
        } catch (CancellationException e) {
            LOG.debug("{} was cancelled by {}", name, session.caller(), e);
            return CANCELLED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CANCELLED;
        } catch (RuntimeException e) {
            LOG.error("{} failed for {}", name, session.caller(), e);
            session.complain("cannot " + name + ": internal error; the container's log has the details");
            return JobException.Code.FAILED.exit();
        }
    }

    private static int run(Session session, Entry entry, List<String> args)
            throws JobException, IOException, InterruptedException {
        CommandLine line = commandLine(entry, session.jobs().domain());
        try {
            line.parseArgs(args.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new JobException(
                    JobException.Code.USAGE,
                    "cannot " + entry.name() + ": " + e.getMessage() + "; \"lares help " + entry.name()
                            + "\" shows how",
                    e);
        }
        Verb verb = line.getCommand();
        if (verb.help) {
            session.print(usage(entry, session.width()));
            return 0;
        }
        if (!session.access().allows(entry.role())) {
            throw new JobException(
                    JobException.Code.NOT_PERMITTED,
                    "cannot " + entry.name() + ": uid " + session.caller().uid()
                            + " may only read about its own jobs; ask root or the container's user (uid "
                            + session.access().own() + ")");
        }
        return verb.run(session);
    }

    private static CommandLine commandLine(Entry entry, Domain domain) {
        CommandLine line = new CommandLine(entry.maker().get());
        line.setCommandName(entry.name());
        line.registerConverter(Target.class, text -> target(text, domain));
        line.registerConverter(Label.class, text -> {
            try {
                return Label.of(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        });
        line.registerConverter(Path.class, text -> {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw new TypeConversionException("not a path: " + e.getMessage());
            }
        });
        if (entry.name().equals("kill")) {
            // kill -9 is what fingers type
            line.setUnmatchedOptionsArePositionalParams(true);
        }
        return line;
    }

    /** A word that is a label and cannot be a domain means that job of the container's own domain. */
    private static Target target(String text, Domain domain) {
        try {
            if (!text.contains("/") && !text.equals(Domain.SYSTEM.name()) && Label.isValid(text)) {
                return new Target(domain, Optional.of(Label.of(text)));
            }
            return Target.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    static String usage(Entry entry, OptionalInt width) {
        CommandLine line = commandLine(entry, Domain.SYSTEM);
        line.setUsageHelpWidth(Math.max(NARROWEST, Math.min(WIDEST, width.orElse(80))));
        return line.getUsageMessage(Ansi.OFF);
    }

    static Entry find(String name) {
        return TABLE.get(name);
    }
}
