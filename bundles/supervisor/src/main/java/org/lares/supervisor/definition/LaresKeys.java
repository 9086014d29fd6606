package org.lares.supervisor.definition;

import static org.lares.supervisor.definition.KeyTable.LARES;

import org.lares.job.BackOff;
import org.lares.supervisor.definition.Key.Format;
import org.lares.supervisor.definition.KeyTable.Group;

/** The keys that launchd does not have. */
final class LaresKeys {
    private static final double YEAR = 366.0 * 24 * 60 * 60;

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
                .byDefault("Container for a bundle, Process for a program")
                .source(LARES)
                .honoured("Where it runs. A bundle in a process of its own is not yet taken (issue \"Own process\"),"
                        + " nor is Sandbox (issue \"The sandbox\"): the list is refused");
        group.string("Bundle")
                .format(Format.NOT_EMPTY)
                .source(LARES)
                .refused(
                        "The bundle that is the job",
                        "a bundle carries its definition itself",
                        "annotate its component with @LaunchDaemon, or put Provide-Capability: org.lares.job into"
                                + " its manifest");
    }
}
