package org.lares.supervisor.definition;

import static org.lares.supervisor.definition.KeyTable.UNDOCUMENTED;

import org.lares.supervisor.definition.Key.Format;
import org.lares.supervisor.definition.KeyTable.Group;

/** launchd's keys about what runs, as whom, and for how long. */
final class LaunchdKeys {
    static final long MOST_SECONDS = 0xffffffffL;

    private LaunchdKeys() {}

    static void add(KeyTable table) {
        identity(table.group("Identity"));
        program(table.group("What to run"));
        keepingAlive(table.group("Keeping alive"));
        resources(table.group("Resources"));
    }

    private static void identity(Group group) {
        group.string("Label")
                .format(Format.LABEL)
                .byDefault("required")
                .honoured("The job's name, unique in its domain. By convention reverse-DNS and the name of the file");
        group.bool("Disabled")
                .honoured("The default only: what `enable` and `disable` said last, of this label, has the last word");
        group.string("UserName")
                .format(Format.NOT_EMPTY)
                .byDefault("the container's user")
                .honoured("Who the program runs as: a name or a number. A container that is not root can only name"
                        + " its own user");
        group.string("GroupName")
                .format(Format.NOT_EMPTY)
                .byDefault("the user's primary group")
                .honoured("The program's group: a name or a number. A container that is not root can only name its"
                        + " own group");
        group.bool("InitGroups")
                .byDefault("true")
                .honoured("Whether UserName's supplementary groups are set up. Without UserName it says nothing");
    }

    private static void program(Group group) {
        group.string("Program")
                .format(Format.ABSOLUTE_PATH)
                .byDefault("ProgramArguments' first")
                .honoured("The executable. One of Program and ProgramArguments is required");
        group.array("ProgramArguments", Type.STRING)
                .byDefault("Program alone")
                .honoured("The arguments, with argument 0. Without Program the first is also the executable: a name"
                        + " is looked up in /usr/bin:/bin:/usr/sbin:/sbin, a path with a slash is taken from"
                        + " WorkingDirectory");
        group.bool("EnableGlobbing")
                .refused(
                        "The arguments are expanded with glob(3)",
                        "arguments are passed as they are written",
                        "name the files, or run them through /bin/sh -c");
        group.string("WorkingDirectory")
                .format(Format.ABSOLUTE_PATH)
                .byDefault("/")
                .honoured("The folder that the program starts in");
        group.string("RootDirectory")
                .format(Format.ABSOLUTE_PATH)
                .byDefault("/")
                .notYetRefused(
                        "The sandbox",
                        "The program is confined to this folder (chroot)",
                        "the program would run unconfined",
                        "remove it, or wait for the sandbox");
        group.dict("EnvironmentVariables").honoured("Added to the program's environment");
        group.string("EnvironmentVariables.*")
                .honoured("One variable. A value that is no string is ignored, as launchd does, and that is said");
        group.dict("UserEnvironmentVariables")
                .open()
                .source(UNDOCUMENTED)
                .dropped("Variables for a user's jobs", "they are not set", "use EnvironmentVariables");
        group.integer("Umask", 0, 511)
                .or(Type.STRING)
                .format(Format.OCTAL)
                .byDefault("the container's")
                .honoured("The mask of new files: an integer is decimal; a string with a leading 0 is octal, with 0x"
                        + " hexadecimal, else decimal");
        group.string("StandardInPath")
                .format(Format.ABSOLUTE_PATH)
                .byDefault("/dev/null")
                .honoured("What the program reads as its standard input");
        group.string("StandardOutPath")
                .format(Format.ABSOLUTE_PATH)
                .byDefault("the run's log")
                .honoured("Where standard output is appended. Such a file is not cut or rotated");
        group.string("StandardErrorPath")
                .format(Format.ABSOLUTE_PATH)
                .byDefault("the run's log")
                .honoured("Where standard error is appended. Such a file is not cut or rotated");
        group.bool("AbandonProcessGroup")
                .honoured("When the run ends, leave the rest of its process group alone; else it is ended too");
        group.bool("WaitForDebugger")
                .dropped("The program starts suspended", "it starts at once", "attach to it when it runs");
        group.bool("Debug").dropped("launchd logs more about this job", "the log is the same", "see `job:history`");
    }

    private static void keepingAlive(Group group) {
        group.bool("KeepAlive")
                .or(Type.DICTIONARY)
                .honoured("true: always running. A dictionary: running as long as one of its conditions holds (they"
                        + " are ORed), else on demand");
        group.bool("KeepAlive.SuccessfulExit")
                .byDefault("")
                .honoured("true: started again after exit status 0; false: after any other end. Implies RunAtLoad");
        group.bool("KeepAlive.Crashed")
                .byDefault("")
                .honoured("true: started again after SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV or SIGSYS;"
                        + " false: after any other end");
        group.dict("KeepAlive.PathState").honoured("Absolute paths, each with a condition");
        group.bool("KeepAlive.PathState.*").byDefault("").honoured("true: while the path exists; false: while not");
        group.dict("KeepAlive.OtherJobEnabled").honoured("Labels, each with a condition");
        group.bool("KeepAlive.OtherJobEnabled.*")
                .byDefault("")
                .honoured("true: while that job is loaded (not: running); false: while not");
        group.dict("KeepAlive.OtherJobActive").source(UNDOCUMENTED).honoured("Labels, each with a condition");
        group.bool("KeepAlive.OtherJobActive.*")
                .byDefault("")
                .source(UNDOCUMENTED)
                .honoured("true: while that job is running; false: while not");
        group.bool("KeepAlive.AfterInitialDemand")
                .source(UNDOCUMENTED)
                .honoured("The other conditions count only once the job was demanded");
        group.bool("KeepAlive.NetworkState")
                .byDefault("")
                .dropped(
                        "Once: while the network is up or down",
                        "launchd itself no longer implements it; the condition never holds",
                        "remove it");
        group.bool("OnDemand")
                .byDefault("true")
                .honoured("The old word: false is KeepAlive true. Beside KeepAlive it says nothing");
        group.bool("RunAtLoad").honoured("Started once when loaded");
        group.bool("LaunchOnlyOnce").honoured("After the first start never started by itself until the next boot");
        group.integer("ThrottleInterval", 0, MOST_SECONDS)
                .unit("s")
                .byDefault("10")
                .differs(
                        "Least time between two starts, start to start",
                        "only automatic starts wait for it; a kickstart does not");
        group.integer("ExitTimeOut", 0, MOST_SECONDS)
                .unit("s")
                .byDefault("20")
                .honoured("From SIGTERM to SIGKILL; 0 never kills");
        group.bool("EnableTransactions")
                .notYet(
                        "Messages",
                        "A job that holds no transaction is killed at once when it is to stop",
                        "every stop is SIGTERM and then SIGKILL");
        group.bool("EnablePressuredExit")
                .notYet(
                        "Messages",
                        "The job may be ended under memory pressure while it holds no transaction",
                        "it is never ended for memory pressure");
    }

    private static void resources(Group group) {
        group.integer("Nice", -20, 20)
                .honoured("Added to the program's priority. Below 0 only as root; 20 is taken as 19, Linux' last");
        limits(group, "SoftResourceLimits", "the soft");
        limits(group, "HardResourceLimits", "the hard");
        group.string("ProcessType")
                .words("Background", "Standard", "Adaptive", "Interactive")
                .byDefault("Standard")
                .dropped(
                        "How much CPU and I/O the program gets",
                        "every program gets the kernel's normal share",
                        "set Nice");
        group.string("POSIXSpawnType")
                .words("Background", "Standard", "Adaptive", "Interactive", "App")
                .byDefault("Standard")
                .source(UNDOCUMENTED)
                .dropped("The old word for ProcessType", "every program gets the kernel's normal share", "set Nice");
        group.bool("LowPriorityIO")
                .dropped("Its I/O comes after that of others", "its I/O is like that of others", "set Nice");
        group.bool("LowPriorityBackgroundIO")
                .dropped("Its I/O comes after that of others", "its I/O is like that of others", "set Nice");
        group.bool("LegacyTimers")
                .dropped("Timers are not coalesced", "the kernel does with timers as it does", "remove it");
        group.bool("MaterializeDatalessFiles")
                .dropped("Files in a cloud are fetched when read", "files are read as they are", "remove it");
        group.dict("JetsamProperties")
                .open()
                .source(UNDOCUMENTED)
                .notYet("The sandbox", "Limits and order for memory pressure", "memory is not limited");
    }

    private static void limits(Group group, String dict, String which) {
        group.dict(dict).honoured("setrlimit(2), " + which + " limits");
        String name = dict + ".";
        group.integer(name + "Core", 0, Long.MAX_VALUE).unit("bytes").honoured("RLIMIT_CORE");
        group.integer(name + "CPU", 0, Long.MAX_VALUE).unit("s").honoured("RLIMIT_CPU");
        group.integer(name + "Data", 0, Long.MAX_VALUE).unit("bytes").honoured("RLIMIT_DATA");
        group.integer(name + "FileSize", 0, Long.MAX_VALUE).unit("bytes").honoured("RLIMIT_FSIZE");
        group.integer(name + "MemoryLock", 0, Long.MAX_VALUE).unit("bytes").honoured("RLIMIT_MEMLOCK");
        group.integer(name + "NumberOfFiles", 0, Long.MAX_VALUE)
                .differs("RLIMIT_NOFILE, and kern.maxfiles", "only the job's own limit is set, not the machine's");
        group.integer(name + "NumberOfProcesses", 0, Long.MAX_VALUE)
                .differs("RLIMIT_NPROC, and kern.maxproc", "only the job's own limit is set, not the machine's");
        group.integer(name + "ResidentSetSize", 0, Long.MAX_VALUE)
                .unit("bytes")
                .differs("RLIMIT_RSS", "it is set, but Linux does not enforce it");
        group.integer(name + "Stack", 0, Long.MAX_VALUE).unit("bytes").honoured("RLIMIT_STACK");
    }
}
