package org.lares.sandbox;

import java.io.IOException;

/** The process group of a run: it has the number of the run's leader, and so has its session. */
final class ProcessGroup {
    private ProcessGroup() {}

    /** Whether anyone lives in it. */
    static boolean present(long leader) throws IOException {
        return ProcStat.all().stream().anyMatch(process -> belongs(process, leader));
    }

    /** Whether a process lives, and in it. */
    static boolean belongs(ProcStat process, long leader) {
        return process.group() == leader && process.session() == leader && !process.dead();
    }
}
