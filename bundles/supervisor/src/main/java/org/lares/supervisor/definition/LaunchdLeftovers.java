package org.lares.supervisor.definition;

import static org.lares.supervisor.definition.KeyTable.UNDOCUMENTED;

import org.lares.supervisor.definition.KeyTable.Group;
import org.lares.supervisor.definition.KeyTable.Row;

/** launchd's keys about users, security and what is dead or only macOS has. */
final class LaunchdLeftovers {
    private static final String USERS = "Users and sessions";
    private static final String SANDBOX = "The sandbox";

    private LaunchdLeftovers() {}

    static void add(KeyTable table) {
        placement(table.group("Where it is loaded"));
        security(table.group("Security"));
        dead(table.group("Dead, or of macOS only"));
    }

    private static void placement(Group group) {
        group.oneOrMany("LimitLoadToSessionType", Type.STRING)
                .words("Aqua", "Background", "LoginWindow", "StandardIO", "System")
                .notYet(
                        USERS,
                        "An agent: loaded into each user's session of that type",
                        "it is loaded as a daemon, once, whatever sessions there are");
        hardware(group, "LimitLoadToHardware");
        hardware(group, "LimitLoadFromHardware");
        group.array("LimitLoadToHosts", Type.STRING)
                .dropped("Once: only on these hosts", "launchd itself no longer does; it is loaded here", "remove it");
        group.array("LimitLoadFromHosts", Type.STRING)
                .dropped("Once: not on these hosts", "launchd itself no longer does; it is loaded here", "remove it");
        group.bool("SessionCreate").notYet(USERS, "The job gets a security session of its own", "it gets none");
        group.integer("AuditSessionID", 0, LaunchdKeys.MOST_SECONDS)
                .source(UNDOCUMENTED)
                .notYet(USERS, "The session that the job joins", "it joins none");
        group.bool("JoinGUISession")
                .source(UNDOCUMENTED)
                .notYet(USERS, "The job joins the session at the display", "it joins none");
        group.oneOrMany("AssociatedBundleIdentifiers", Type.STRING)
                .dropped(
                        "The application under which it is shown in Login Items",
                        "there is no such list here",
                        "none is needed");
        group.string("BundleProgram")
                .dropped("Program, relative to an application", "there are no applications here", "set Program");
    }

    private static void hardware(Group group, String name) {
        group.dict(name)
                .open()
                .dropped(
                        "Values of hw.* (sysctl) on which it is loaded, or not",
                        "there are no such values here; it is loaded",
                        "leave the file out where the job is not to be");
    }

    private static void security(Group group) {
        group.any("SandboxProfile")
                .source(UNDOCUMENTED)
                .notYetRefused(
                        SANDBOX,
                        "The rules that confine it",
                        "the program would run unconfined",
                        "remove it, or wait for the sandbox");
        group.any("SandboxFlags")
                .source(UNDOCUMENTED)
                .notYetRefused(
                        SANDBOX,
                        "How it is confined",
                        "the program would run unconfined",
                        "remove it, or wait for the sandbox");
        group.dict("SpawnConstraint")
                .open()
                .refused(
                        "What the program's signature must be",
                        "signatures are not checked: any program would do",
                        "remove it, and see to it that only root can write the program");
        group.dict("Policies")
                .source(UNDOCUMENTED)
                .dropped(
                        "What the job may ask of launchd", "its uid decides what it may ask", "run it as another user");
        group.bool("Policies.DenyCreatingOtherJobs")
                .source(UNDOCUMENTED)
                .dropped("It may not load jobs", "its uid decides what it may ask", "run it as another user");
        gone(group.any("MachServiceLookupPolicies"), "Which Mach services it finds", "there are none to be found");
        gone(group.any("QuarantineData"), "Marks the files that it writes", "they are not marked");
        gone(group.bool("DisableASLR"), "Fixed addresses", "addresses are random");
        gone(group.bool("EmbeddedPrivilegeDispensation"), "A privilege on iOS", "there is no such privilege");
    }

    private static void dead(Group group) {
        group.bool("ServiceIPC").dropped("Once: it checks in", "launchd itself no longer looks at it", "remove it");
        group.integer("TimeOut", 0, LaunchdKeys.MOST_SECONDS)
                .unit("s")
                .dropped("Once: ended when idle for so long", "launchd itself no longer looks at it", "remove it");
        group.bool("HopefullyExitsFirst")
                .dropped("Once: early at shutdown", "launchd itself no longer looks at it", "remove it");
        group.bool("HopefullyExitsLast")
                .dropped("Once: late at shutdown", "launchd itself no longer looks at it", "remove it");
        gone(group.bool("MultipleInstances"), "Several runs at a time", "there is one run at a time");
        gone(group.bool("IgnoreProcessGroupAtShutdown"), "Its group is left alone at shutdown", "the group is ended");
        gone(group.bool("EventMonitor"), "It delivers launchd's events", "events come from the container");
        gone(group.bool("ShutdownMonitor"), "It watches the shutdown", "nobody does");
        gone(group.string("MachExceptionHandler"), "Who gets its Mach exceptions", "there are none");
        gone(group.array("BinaryOrderPreference", Type.INTEGER), "Which architecture is run", "the kernel decides");
        gone(group.string("CFBundleIdentifier"), "The application it belongs to", "there are no applications here");
    }

    private static void gone(Row row, String meaning, String why) {
        row.source(UNDOCUMENTED).dropped(meaning, why, "remove it");
    }
}
