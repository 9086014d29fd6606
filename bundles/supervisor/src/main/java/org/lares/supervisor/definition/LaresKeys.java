package org.lares.supervisor.definition;

import static org.lares.supervisor.definition.KeyTable.LARES;

import org.lares.job.BackOff;
import org.lares.supervisor.definition.Key.Format;
import org.lares.supervisor.definition.KeyTable.Group;

/** The keys that launchd does not have. */
final class LaresKeys {
    private static final double YEAR = 366.0 * 24 * 60 * 60;
    private static final long MIB = 1L << 20;

    private LaresKeys() {}

    static void add(KeyTable table) {
        Group group = table.group("Lares' own");
        group.string("Description").source(LARES).honoured("One line about the job, for people");
        group.dict("BackOff")
                .or(Type.BOOLEAN)
                .byDefault("false")
                .source(LARES)
                .honoured("Growing delays between automatic starts after failures, never less than the throttle."
                        + " true takes the defaults below");
        BackOff defaults = BackOff.DEFAULT;
        group.number("BackOff.Initial", 0.001, YEAR)
                .unit("s")
                .byDefault(String.valueOf(defaults.initial().toSeconds()))
                .source(LARES)
                .honoured("After the first failure");
        group.number("BackOff.Multiplier", 1, 1000)
                .byDefault(String.valueOf((long) defaults.multiplier()))
                .source(LARES)
                .honoured("From one delay to the next");
        group.number("BackOff.Maximum", 0.001, YEAR)
                .unit("s")
                .byDefault(String.valueOf(defaults.maximum().toSeconds()))
                .source(LARES)
                .honoured("No delay is longer. Not below Initial");
        group.number("BackOff.Jitter", 0, 1)
                .byDefault(String.valueOf(defaults.jitter()))
                .source(LARES)
                .honoured("Up to this part of a delay is added to it by chance");
        group.number("BackOff.ResetAfter", 0.001, YEAR)
                .unit("s")
                .byDefault(String.valueOf(defaults.resetAfter().toSeconds()))
                .source(LARES)
                .honoured("A run that lived this long clears the count");
        group.dict("GiveUp").byDefault("never").source(LARES).honoured("When to stop trying; both keys are required");
        group.integer("GiveUp.Failures", 1, 1000)
                .byDefault("required")
                .source(LARES)
                .honoured("How many failed runs are too many");
        group.number("GiveUp.Within", 0.001, YEAR)
                .unit("s")
                .byDefault("required")
                .source(LARES)
                .honoured("The time in which they lie");
        group.number("WatchdogSeconds", 0.001, YEAR)
                .unit("s")
                .byDefault("none")
                .source(LARES)
                .honoured("A run that does not report within this time has failed. Only a bundle's job can report");
        group.string("Isolation")
                .words("Container", "Process", "Sandbox")
                .byDefault("Container for an installed bundle, else Process")
                .source(LARES)
                .honoured(
                        "Where it runs: a bundle in the container's JVM or in a process of its own, a program always in"
                                + " a process. Sandbox is not yet taken (issue \"The sandbox\"): the list is refused");
        group.string("Bundle")
                .format(Format.BUNDLE)
                .byDefault("the bundle that carries the definition")
                .source(LARES)
                .honoured("The bundle that is the job, in a process of its own and never in the container: a jar by"
                        + " absolute path, `file:` or `mvn:GROUP/ARTIFACT/VERSION`. Instead of Program");
        group.integer("QuarantineOnFailure", 1, 100)
                .byDefault("never")
                .source(LARES)
                .honoured("After so many runs that harmed the container's JVM (memory exhausted, threads left behind or"
                        + " deadlocked, watchdog missed) the job runs in a process of its own, until somebody says"
                        + " otherwise. Only for a bundle in the container");
        limits(table.group("Limits of a run"));
        host(table.group("A bundle in a process of its own"));
    }

    private static void limits(Group group) {
        group.dict("Limits")
                .source(LARES)
                .honoured("What all processes of a run together may have, by cgroup(7). A limit that cannot be kept to"
                        + " refuses the job, unless Advisory: in the container's JVM none can");
        group.integer("Limits.Memory", MIB, Long.MAX_VALUE)
                .or(Type.STRING)
                .format(Format.SIZE)
                .unit("bytes")
                .byDefault("none")
                .source(LARES)
                .honoured(
                        "Memory, or a string such as 256M or 1G (K, M, G, T: powers of 1024). A run that needs more is"
                                + " ended");
        group.number("Limits.CPU", 0.01, 4096)
                .unit("processors")
                .byDefault("none")
                .source(LARES)
                .honoured("Processor time per time. A run that needs more is slowed down");
        group.integer("Limits.Processes", 1, 4_194_304)
                .byDefault("none")
                .source(LARES)
                .honoured("Processes and threads. More cannot be made; a JVM needs some 30 for itself");
        group.integer("Limits.Files", 16, 1_048_576)
                .byDefault("none")
                .source(LARES)
                .honoured("Open files of each process (setrlimit(2), RLIMIT_NOFILE)");
        group.bool("Limits.Advisory")
                .source(LARES)
                .honoured("Run without the limits that cannot be kept to here, and say so");
    }

    private static void host(Group group) {
        group.array("JavaOptions", Type.STRING)
                .format(Format.JAVA_OPTION)
                .source(LARES)
                .honoured(
                        "Options of its JVM, one a string, after our own: -X, -XX:, -D, -ea, -da, -esa, -dsa, -verbose:,"
                                + " -javaagent:, -agentlib:, -agentpath:, and --add-opens=, --add-exports=, --add-reads=,"
                                + " --add-modules=, --enable-native-access=, --enable-preview. Not those that say what it runs,"
                                + " nor those that tell how it ended: "
                                + String.join(", ", JavaOptions.OWNED));
        group.integer("WarmInstances", 0, 8)
                .byDefault("0")
                .source(LARES)
                .honoured(
                        "Processes kept ready for the next start, with the framework up and none of the job's code run");
        group.array("Repository", Type.STRING)
                .format(Format.ABSOLUTE_PATH)
                .source(LARES)
                .honoured("Folders with bundles from which what the job's bundle needs is taken, before the"
                        + " distribution's");
    }
}
