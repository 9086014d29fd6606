package org.lares.supervisor.definition;

import static org.lares.supervisor.definition.KeyTable.UNDOCUMENTED;

import org.lares.supervisor.definition.Key.Format;
import org.lares.supervisor.definition.KeyTable.Group;

/** launchd's keys about what starts a job on demand. */
final class LaunchdTriggers {
    private static final String DEPTH = "Depth";
    private static final String SOCKETS = "Sockets";
    private static final String MESSAGES = "Messages";

    private LaunchdTriggers() {}

    static void add(KeyTable table) {
        times(table.group("Started by time, paths and events"));
        sockets(table.group("Started by sockets"));
        services(table.group("Started by messages"));
    }

    private static void times(Group group) {
        group.integer("StartInterval", 1, LaunchdKeys.MOST_SECONDS)
                .unit("s")
                .differs(
                        "Started every so many seconds",
                        "a firing while the job runs is remembered, once, and not missed");
        group.oneOrMany("StartCalendarInterval", Type.DICTIONARY)
                .notYet(DEPTH, "Started at times of the calendar", "nothing starts it at these times");
        calendar(group, "Minute", 0, 59);
        calendar(group, "Hour", 0, 23);
        calendar(group, "Day", 1, 31);
        calendar(group, "Weekday", 0, 7);
        calendar(group, "Month", 1, 12);
        group.array("WatchPaths", Type.STRING)
                .notYet(DEPTH, "Started when one of the paths changes", "no change starts it");
        group.array("QueueDirectories", Type.STRING)
                .notYet(DEPTH, "Running while one of the folders is not empty", "these folders start nothing");
        group.array("HomeRelativeQueueDirectories", Type.STRING)
                .source(UNDOCUMENTED)
                .notYet(DEPTH, "QueueDirectories in a user's home", "these folders start nothing");
        group.bool("StartOnMount").notYet(DEPTH, "Started when a file system is mounted", "no mount starts it");
        group.dict("LaunchEvents").open().notYet(DEPTH, "Started by events of the streams named", "no event starts it");
    }

    private static void calendar(Group group, String name, long least, long most) {
        group.integer("StartCalendarInterval." + name, least, most)
                .byDefault("every")
                .notYet(DEPTH, "Which", "it is not looked at");
    }

    private static void sockets(Group group) {
        group.dict("Sockets")
                .notYet(SOCKETS, "Listened on for the job; a connection starts it", "no socket is opened for it");
        group.oneOrMany("Sockets.*", Type.DICTIONARY)
                .notYet(SOCKETS, "One socket or several, under the name that the job asks for", "not opened");
        socket(group.string("Sockets.*.SockType")
                .words("stream", "dgram", "seqpacket")
                .byDefault("stream"));
        socket(group.bool("Sockets.*.SockPassive").byDefault("true"));
        socket(group.string("Sockets.*.SockNodeName"));
        socket(group.string("Sockets.*.SockServiceName").or(Type.INTEGER).range(0, 65535));
        socket(group.string("Sockets.*.SockFamily").words("IPv4", "IPv6", "IPv4v6", "IPv6v4", "Unix"));
        socket(group.string("Sockets.*.SockProtocol").words("TCP", "UDP"));
        socket(group.string("Sockets.*.SockPathName").format(Format.ABSOLUTE_PATH));
        socket(group.integer("Sockets.*.SockPathOwner", 0, LaunchdKeys.MOST_SECONDS));
        socket(group.integer("Sockets.*.SockPathGroup", 0, LaunchdKeys.MOST_SECONDS));
        socket(group.integer("Sockets.*.SockPathMode", 0, 511));
        socket(group.oneOrMany("Sockets.*.Bonjour", Type.STRING).or(Type.BOOLEAN));
        socket(group.string("Sockets.*.MulticastGroup"));
        socket(group.string("Sockets.*.SecureSocketWithKey"));
        socket(group.string("Sockets.*.ReceivePacketInfo").or(Type.BOOLEAN));
        group.dict("inetdCompatibility")
                .notYet(SOCKETS, "The connection is the program's standard input and output", "it gets no connection");
        socket(group.bool("inetdCompatibility.Wait"));
        socket(group.integer("inetdCompatibility.Instances", 1, LaunchdKeys.MOST_SECONDS));
        group.any("BonjourFDs")
                .source(UNDOCUMENTED)
                .dropped("What launchd registered with Bonjour", "nothing is registered", "remove it");
    }

    private static void socket(KeyTable.Row row) {
        row.notYet(SOCKETS, "See launchd.plist(5)", "no socket is opened");
    }

    private static void services(Group group) {
        group.dict("MachServices")
                .notYet(MESSAGES, "Names under which the job gets messages; one starts it", "no message starts it");
        group.bool("MachServices.*")
                .byDefault("")
                .or(Type.DICTIONARY)
                .notYet(MESSAGES, "One name", "it is not offered");
        group.bool("MachServices.*.ResetAtClose")
                .notYet(MESSAGES, "Clients notice that the job ended", "it is not offered");
        group.bool("MachServices.*.HideUntilCheckIn")
                .notYet(MESSAGES, "Not found before the job has checked in", "it is not offered");
        group.string("MachServices.*.DrainMessagesOnCrash")
                .words("One", "All")
                .source(UNDOCUMENTED)
                .notYet(MESSAGES, "Messages that are dropped after a crash", "there are none");
        mach(group.bool("MachServices.*.PingEventUpdates"));
        mach(group.integer("MachServices.*.HostSpecialPort", 0, LaunchdKeys.MOST_SECONDS));
        mach(group.integer("MachServices.*.TaskSpecialPort", 0, LaunchdKeys.MOST_SECONDS));
        mach(group.any("MachServices.*.ExceptionServer"));
        group.dict("PerJobMachServices")
                .open()
                .source(UNDOCUMENTED)
                .notYet(MESSAGES, "MachServices that only the job itself sees", "no message starts it");
        group.string("XPCDomain")
                .source(UNDOCUMENTED)
                .notYet(MESSAGES, "The domain of an XPC service", "the job belongs to the domain it is named to");
        group.bool("BeginTransactionAtShutdown")
                .source(UNDOCUMENTED)
                .notYet(MESSAGES, "Not killed at shutdown before it has ended its transaction", "ExitTimeOut decides");
    }

    private static void mach(KeyTable.Row row) {
        row.source(UNDOCUMENTED).dropped("About ports of the Mach kernel", "there are none here", "remove it");
    }
}
