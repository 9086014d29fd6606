package org.lares.sandbox.host;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.lares.xpc.host.Order;

/**
 * How the JVM of a host is called.
 *
 * @param arguments with argument 0; without secrets, as everyone sees them
 * @param file what the argument file holds, if they are too long to be passed
 */
record JvmCommand(List<String> arguments, String file) {
    static final String MAIN = "org.lares.host.Host";

    /** Below 128 KiB, which the kernel takes as one argument (execve(2): MAX_ARG_STRLEN). */
    private static final int LONGEST = 100 << 10;

    /** JEP 471, JEP 472, JEP 498. */
    private static final int UNSAFE_IS_WARNED_OF = 24;

    static Path java(Path javaHome) {
        return javaHome.resolve("bin").resolve("java");
    }

    /**
     * The flags of every host, then those of the job, which win.
     *
     * <ul>
     *   <li>The serial collector needs the least memory and no threads of its own; the heap begins small, as most hosts
     *       are small. The stacks have the JVM's own size: they cost only what is used, and a bundle that needs a deep
     *       one in the container needs it here.
     *   <li>Methods are compiled after three times as many calls as usual: a third of a start was the compilation of what
     *       is not needed any more after it. What is called for long is compiled as well as ever.
     *   <li>Java deserialization is refused: nothing of ours uses it, and it is the way into a JVM.
     *   <li>A JVM without memory crashes rather than exits, since only a crash leaves a report that says so.
     * </ul>
     */
    static List<String> flags(List<String> javaOptions) {
        List<String> flags = new ArrayList<>();
        flags.add("-XX:+UseSerialGC");
        if (javaOptions.stream().noneMatch(JvmCommand::sizesHeap)) {
            flags.add("-Xms16m");
        }
        flags.add("-XX:CompileThresholdScaling=3");
        flags.add("-Djdk.serialFilter=!*");
        flags.add("-XX:+CrashOnOutOfMemoryError");
        flags.add("-XX:-CreateCoredumpOnCrash");
        flags.add("-XX:-UsePerfData");
        flags.add("-Xshare:auto");
        if (Runtime.version().feature() >= UNSAFE_IS_WARNED_OF) {
            // As for the container: Felix uses it, and what a job may do there, it may do here.
            flags.add("--sun-misc-unsafe-memory-access=allow");
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        flags.addAll(javaOptions);
        return flags;
    }

    /** @param closureFlags those that depend on what runs in it; they go before the others */
    static JvmCommand of(JvmFlags.Jvm jvm, List<String> closureFlags, String main) {
        List<String> arguments = new ArrayList<>();
        arguments.add("-XX:ErrorFile="
                + jvm.folder().resolve(Order.CRASH_REPORT).toString().replace("%", "%%"));
        arguments.addAll(closureFlags);
        arguments.addAll(jvm.flags());
        arguments.add("-cp");
        arguments.add(jvm.classPath().stream().map(Path::toString).collect(Collectors.joining(":")));
        arguments.add(main);
        int size = arguments.stream()
                .mapToInt(it -> it.getBytes(StandardCharsets.UTF_8).length + 1)
                .sum();
        if (size <= LONGEST) {
            arguments.add(0, jvm.java().toString());
            return new JvmCommand(List.copyOf(arguments), "");
        }
        String file = arguments.stream().map(JvmCommand::quoted).collect(Collectors.joining("\n", "", "\n"));
        return new JvmCommand(List.of(jvm.java().toString(), "@" + jvm.folder().resolve(HostFolder.ARGUMENTS)), file);
    }

    /** A largest heap below our smallest would be an error. */
    private static boolean sizesHeap(String option) {
        return option.startsWith("-Xm") || option.matches("-XX:(Max|Initial|Min)?(Heap|RAM).*");
    }

    /** As java(1), "java Command-Line Argument Files", wants it. */
    private static String quoted(String argument) {
        return '"' + argument.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
