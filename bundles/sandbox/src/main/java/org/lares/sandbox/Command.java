package org.lares.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.lares.job.Work.ProgramWork;

/**
 * What is executed for a job: the program itself, or where its surroundings need it a chain of small tools that each do
 * one thing and then become the next. As values only, to be read in a test.
 *
 * <p>The chain has this order: an {@code sh} that joins control groups, where only the program itself can and it becomes
 * another user; {@code prlimit} and {@code nice}, which may need the right of root; {@code setpriv}, which
 * gives it up; then always {@code sh}, which as the job's user sets the umask, enters the folder and opens the files, so
 * that no path a user controls is ever opened as root. What any of them has to complain about goes to descriptor
 * {@value #STATUS}, followed by {@value #READY} once all is set up; the program then finds its standard error there, which
 * waits on descriptor {@value #WAITING_ERROR} until then.
 *
 * @param executable absolute
 * @param arguments with argument 0
 * @param environment of the first link; what would mislead a link running as root, or be lost in the shell, is in the
 *     arguments
 * @param chained whether there is a chain; without one the spawn itself enters the folder and opens the files
 */
record Command(Path executable, List<String> arguments, Map<String, String> environment, boolean chained) {
    static final int STATUS = 2;
    static final int WAITING_ERROR = 3;
    static final char READY = '\4';

    private static final String NUMBER_OF_FILES = "NumberOfFiles";

    /** launchd.plist(5), SoftResourceLimits, to prlimit(1). */
    private static final Map<String, String> LIMITS = Map.of(
            "Core",
            "core",
            "CPU",
            "cpu",
            "Data",
            "data",
            "FileSize",
            "fsize",
            "MemoryLock",
            "memlock",
            NUMBER_OF_FILES,
            "nofile",
            "NumberOfProcesses",
            "nproc",
            "ResidentSetSize",
            "rss",
            "Stack",
            "stack");

    private static final Pattern SHELL_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** Variables by which a linked library, the C library or the shell does something else than the link is for. */
    private static final Pattern MISLEADING = Pattern.compile("LD_.*|GLIBC_TUNABLES|MALLOC_.*|GCONV_PATH|GETCONF_DIR"
            + "|HOSTALIASES|LOCALDOMAIN|LOCPATH|NIS_PATH|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS"
            + "|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|PS[0-9]|IFS|OPTIND|OPTARG|PPID|PWD|OLDPWD|CDPATH|SHLVL|_");

    /**
     * @param files of each process, soft and hard; goes before what the definition's resource limits say
     * @param joining files into which the first link that has all rights writes 0 to join its control groups
     */
    static Command of(
            ProgramWork work,
            Preparation preparation,
            Map<String, String> environment,
            OptionalInt files,
            List<Path> joining)
            throws RefusedException {
        List<String> links = new ArrayList<>();
        limits(work, files, links);
        int nice = work.nice().orElse(preparation.container().nice());
        if (nice != preparation.container().nice()) {
            links.addAll(List.of(
                    tool("nice", "coreutils"),
                    "-n",
                    Integer.toString(nice - preparation.container().nice())));
        }
        List<Path> joiningLast = joining;
        if (changesUser(preparation)) {
            if (!joining.isEmpty()) {
                links.addAll(0, joiningLink(joining));
                joiningLast = List.of();
            }
            user(work, preparation, links);
        }
        String program = preparation.program().toString();
        if (links.isEmpty() && work.umask().isEmpty() && joining.isEmpty()) {
            return new Command(preparation.program(), arguments(work), environment, false);
        }
        boolean otherName = !arguments(work).get(0).equals(program)
                && !arguments(work).get(0).equals(work.program());
        Map<String, String> direct = new TreeMap<>(environment);
        Map<String, String> deferred = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (!SHELL_NAME.matcher(name).matches() || MISLEADING.matcher(name).matches()) {
                direct.remove(name);
                deferred.put(name, value);
            }
        });
        if (otherName && !deferred.isEmpty()) {
            throw new RefusedException(
                    "a name of its own in argument 0, another user, umask, limit or control group, and the variables "
                            + deferred.keySet() + " cannot be had together",
                    "set Program to what argument 0 says or leave out the variables");
        }
        links.add(otherName ? tool("bash", "bash") : tool("sh", "dash"));
        links.add("-c");
        shell(work, preparation.program(), otherName, joiningLast, links);
        if (!deferred.isEmpty()) {
            links.addAll(List.of(tool("env", "coreutils"), "--"));
            deferred.forEach((name, value) -> links.add(name + "=" + value));
        }
        links.add(program);
        List<String> all = arguments(work);
        links.addAll(all.subList(1, all.size()));
        return new Command(Path.of(links.get(0)), links, direct, true);
    }

    private static List<String> arguments(ProgramWork work) {
        return work.arguments().isEmpty() ? List.of(work.program()) : work.arguments();
    }

    private static boolean changesUser(Preparation preparation) {
        return preparation.user().isPresent() || preparation.gid().isPresent();
    }

    private static List<String> joiningLink(List<Path> joining) throws RefusedException {
        StringBuilder script = new StringBuilder();
        List<String> values = new ArrayList<>();
        join(joining, script, values);
        List<String> link = new ArrayList<>(
                List.of(tool("sh", "dash"), "-c", script.append("exec \"$@\"").toString(), "sh"));
        link.addAll(values);
        return link;
    }

    private static void join(List<Path> joining, StringBuilder script, List<String> values) {
        for (Path file : joining) {
            script.append("echo 0 >\"$1\" || exit 1; shift; ");
            values.add(file.toString());
        }
    }

    private static void limits(ProgramWork work, OptionalInt files, List<String> links) throws RefusedException {
        Set<String> names = new TreeSet<>(work.softLimits().keySet());
        names.addAll(work.hardLimits().keySet());
        if (files.isPresent()) {
            names.remove(NUMBER_OF_FILES);
        } else if (names.isEmpty()) {
            return;
        }
        links.add(tool("prlimit", "util-linux"));
        files.ifPresent(most -> links.add("--nofile=" + most + ":" + most));
        for (String name : names) {
            String option = LIMITS.get(name);
            if (option == null) {
                throw new RefusedException(
                        "there is no resource limit " + name, "use one of " + new TreeSet<>(LIMITS.keySet()));
            }
            links.add("--" + option + "=" + limit(work.softLimits(), name) + ":" + limit(work.hardLimits(), name));
        }
    }

    private static String limit(Map<String, Long> limits, String name) {
        return Optional.ofNullable(limits.get(name)).map(Object::toString).orElse("");
    }

    private static void user(ProgramWork work, Preparation preparation, List<String> links) throws RefusedException {
        links.add(tool("setpriv", "util-linux"));
        preparation.user().ifPresent(user -> links.add("--reuid=" + user.uid()));
        preparation.gid().ifPresent(gid -> links.add("--regid=" + gid));
        if (preparation.user().isEmpty()) {
            links.add("--keep-groups");
        } else {
            links.add(work.initGroups() ? "--init-groups" : "--clear-groups");
        }
        links.add("--");
    }

    /** Only the umask and fixed text stand in the script; all else is passed as an argument, so nothing needs quoting. */
    private static void shell(
            ProgramWork work, Path program, boolean otherName, List<Path> joining, List<String> links) {
        StringBuilder script = new StringBuilder();
        List<String> values = new ArrayList<>();
        join(joining, script, values);
        work.umask().ifPresent(mask -> script.append("umask 0")
                .append(Integer.toOctalString(mask))
                .append("; "));
        script.append("cd -- \"$1\" || exit 1; shift; ");
        values.add(work.workingDirectory().orElse(Path.of("/")).toString());
        redirect("<", work.standardIn(), script, values);
        redirect(">>", work.standardOut(), script, values);
        redirect(WAITING_ERROR + ">>", work.standardError(), script, values);
        // Only positional parameters are used: a variable of the script could be one of the job's.
        script.append("[ -x \"$1\" ] || { echo \"no right to run $1\" >&")
                .append(STATUS)
                .append("; exit 126; }; shift; ");
        values.add(program.toString());
        script.append("unset PWD OLDPWD; ");
        // A chain that outlives the container must not die of having no one to tell.
        script.append("trap '' PIPE; printf '\\004' >&").append(STATUS).append("; trap - PIPE; exec ");
        if (otherName) {
            script.append("-a \"$1\" \"${@:2}\"");
            values.add(arguments(work).get(0));
        } else {
            script.append("\"$@\"");
        }
        script.append(" 2>&")
                .append(WAITING_ERROR)
                .append(' ')
                .append(WAITING_ERROR)
                .append(">&-");
        links.add(script.toString());
        links.add("sh");
        links.addAll(values);
    }

    private static void redirect(String operator, Optional<Path> file, StringBuilder script, List<String> values) {
        if (file.isPresent()) {
            script.append("exec ").append(operator).append("\"$1\"; shift; ");
            values.add(file.get().toString());
        }
    }

    private static String tool(String name, String debianPackage) throws RefusedException {
        return Preparation.find(name, Preparation.STANDARD_PATH)
                .orElseThrow(() -> new RefusedException(
                        "the tool " + name + ", which its surroundings need, is not in " + Preparation.STANDARD_PATH,
                        "apt-get install " + debianPackage))
                .toString();
    }
}
