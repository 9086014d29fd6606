package org.lares.sandbox.archive;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The flags of a dump, derived from those of the runs it is for. Only what decides whether they can map the archive is
 * taken over; all else of theirs, such as agents, files to log to and commands on errors, would act here as the container.
 */
final class DumpFlags {
    /** The JVM shares nothing with them, or only what they name themselves. */
    private static final Pattern WITHOUT =
            Pattern.compile("-Xshare:(?!auto|on).*|-XX:SharedArchiveFile=.*|-XX:ArchiveClassesAtExit=.*"
                    + "|-XX:[+-]AutoCreateSharedArchive|-XX:AOT(Cache|CacheOutput|Configuration|Mode)=.*"
                    + "|-XX:[+-]UseSharedSpaces|-XX:DumpLoadedClassList=.*|-XX:Flags=.*|-XX:VMOptionsFile=.*|@.*"
                    + "|--patch-module.*|--limit-modules.*|--upgrade-module-path.*|--module-path.*|-p|-Xbootclasspath.*"
                    + "|-Djava\\.system\\.class\\.loader=.*");

    private static final Pattern TAKEN = Pattern.compile("-XX:[+-]Use(CompressedOops|CompressedClassPointers"
            + "|CompactObjectHeaders|ZGC|ShenandoahGC|EpsilonGC)|-XX:[+-]ZGenerational|-XX:ObjectAlignmentInBytes=\\d+"
            + "|-XX:[+-]Unlock(Experimental|Diagnostic)VMOptions|-XX:[+-]BytecodeVerification(Local|Remote)"
            + "|--(add-modules|add-opens|add-exports|add-reads|enable-native-access|illegal-native-access"
            + "|sun-misc-unsafe-memory-access)=.*");

    /** The launcher takes their value as an argument of its own, too. */
    private static final Pattern SPLIT =
            Pattern.compile("--(add-modules|add-opens|add-exports|add-reads|enable-native-access)");

    /** Their objects do not look as those of the others. */
    private static final Pattern OTHER_HEAP = Pattern.compile("-XX:\\+Use(ZGC|ShenandoahGC|EpsilonGC)");

    /** Since which classes can be stored as linked (JEP 483). */
    private static final int LINKED = 24;

    private DumpFlags() {}

    /**
     * @param linked whether classes are to be stored as linked, where the JDK can: it starts faster from that, but refuses
     *     it in more cases, such as with an agent
     * @return empty if runs with these flags can map no archive of ours
     */
    static Optional<List<String>> of(List<String> jvmFlags, int feature, boolean linked) {
        List<String> flags = new ArrayList<>();
        boolean otherHeap = false;
        for (int i = 0; i < jvmFlags.size(); i++) {
            String flag = jvmFlags.get(i);
            if (WITHOUT.matcher(flag).matches()) {
                return Optional.empty();
            }
            if (SPLIT.matcher(flag).matches() && i + 1 < jvmFlags.size()) {
                i++;
                flags.add(flag + "=" + jvmFlags.get(i));
            } else if (TAKEN.matcher(flag).matches()) {
                flags.add(flag);
            }
            otherHeap |= OTHER_HEAP.matcher(flag).matches();
        }
        if (!otherHeap) {
            // Only G1 stores objects of the heap, among them the graph of modules; Serial and Parallel can load them.
            flags.add("-XX:+UseG1GC");
        }
        if (linked && feature >= LINKED) {
            flags.add("-XX:+AOTClassLinking");
        }
        return Optional.of(flags);
    }
}
