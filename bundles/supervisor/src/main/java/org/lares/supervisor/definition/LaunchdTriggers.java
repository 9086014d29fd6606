package org.lares.supervisor.definition;

import static org.lares.supervisor.definition.KeyTable.UNDOCUMENTED;

import java.util.Locale;
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
        calendar(group, "Minute", 0, 59, "");
        calendar(group, "Hour", 0, 23, "");
        calendar(group, "Day", 1, 31, " of the month. Beside Weekday either will do");
        calendar(group, "Weekday", 0, 7, ", of which 0 and 7 are Sunday");
        calendar(group, "Month", 1, 12, "");
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

    private static void calendar(Group group, String name, long least, long most, String meaning) {
        group.integer("StartCalendarInterval." + name, least, most)
                .byDefault("every")
                .notYet(DEPTH, "The " + name.toLowerCase(Locale.ROOT) + meaning, "it is not looked at");
    }

    private static void sockets(Group group) {
        group.dict("Sockets")
                .notYet(SOCKETS, "Listened on for the job; a connection starts it", "no socket is opened for it");
        group.oneOrMany("Sockets.*", Type.DICTIONARY)
                .notYet(SOCKETS, "One socket or several, under the name that the job asks for", "not opened");
        String name = "Sockets.*.";
        socket(
                group.string(name + "SockType")
                        .words("stream", "dgram", "seqpacket")
                        .byDefault("stream"),
                "Its type");
        socket(group.bool(name + "SockPassive").byDefault("true"), "true: listens; false: connects");
        socket(group.string(name + "SockNodeName").byDefault("every address"), "The node to bind or connect to");
        socket(
                group.string(name + "SockServiceName").or(Type.INTEGER).range(0, 65535),
                "The service of getaddrinfo(3): a name or a port");
        socket(
                group.string(name + "SockFamily").words("IPv4", "IPv6", "IPv4v6", "IPv6v4", "Unix"),
                "The family; Unix goes with SockPathName");
        socket(group.string(name + "SockProtocol").words("TCP", "UDP"), "The protocol; it follows from SockType");
        socket(group.string(name + "SockPathName").format(Format.ABSOLUTE_PATH), "The path of a Unix domain socket");
        socket(group.integer(name + "SockPathOwner", 0, LaunchdKeys.MOST_SECONDS), "The uid that owns that path");
        socket(group.integer(name + "SockPathGroup", 0, LaunchdKeys.MOST_SECONDS), "The gid of that path");
        socket(group.integer(name + "SockPathMode", 0, 511), "The mode of that path, decimal: 438 is 0666");
        socket(
                group.oneOrMany(name + "Bonjour", Type.STRING).or(Type.BOOLEAN).byDefault("false"),
                "Announced in the local network, by its own name or these");
        socket(group.string(name + "MulticastGroup"), "The multicast group that a datagram socket joins");
        socket(
                group.string(name + "SecureSocketWithKey"),
                "The variable that tells every job the random path of a Unix domain socket");
        socket(group.bool(name + "ReceivePacketInfo").source(UNDOCUMENTED), "Datagrams come with their destination");
        group.dict("inetdCompatibility")
                .notYet(SOCKETS, "The connection is the program's standard input and output", "it gets no connection");
        socket(
                group.bool("inetdCompatibility.Wait"),
                "true: one program gets the listening socket; false: each connection a program of its own");
        socket(
                group.integer("inetdCompatibility.Instances", 1, LaunchdKeys.MOST_SECONDS),
                "How many programs may run at a time");
        group.any("BonjourFDs")
                .source(UNDOCUMENTED)
                .dropped("What launchd registered with Bonjour", "nothing is registered", "remove it");
    }

    private static void socket(KeyTable.Row row, String meaning) {
        row.notYet(SOCKETS, meaning, "no socket is opened");
    }

    private static void services(Group group) {
        group.dict("MachServices")
                .notYet(MESSAGES, "Names under which the job gets messages; one starts it", "no message starts it");
        group.bool("MachServices.*")
                .byDefault("")
                .or(Type.DICTIONARY)
                .notYet(MESSAGES, "One name: true, or with the keys below", "it is not offered");
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
        row.source(UNDOCUMENTED).dropped("About ports of the Mach kernel", "there is no such kernel", "remove it");
    }
}
