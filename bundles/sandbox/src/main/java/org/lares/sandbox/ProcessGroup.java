package org.lares.sandbox;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lares.xpc.posix.Pidfd;

/** The process group of a run: it has the number of the run's leader, and so has its session. */
final class ProcessGroup {
    private ProcessGroup() {}

    /** All that live in it, the leader too if it lives; the caller closes them. */
    static List<Pidfd> members(long leader) throws IOException {
        List<Pidfd> members = new ArrayList<>();
        for (ProcStat candidate : ProcStat.all()) {
            if (!belongs(candidate, leader)) {
                continue;
            }
            Optional<Pidfd> held = Pidfd.open(candidate.pid());
            if (held.isEmpty()) {
                continue;
            }
            // Held first, looked at again then: the number may have changed hands in between.
            if (ProcStat.of(candidate.pid()).filter(now -> belongs(now, leader)).isPresent()) {
                members.add(held.get());
            } else {
                held.get().close();
            }
        }
        return members;
    }

    /** Whether anyone lives in it. */
    static boolean present(long leader) throws IOException {
        return ProcStat.all().stream().anyMatch(process -> belongs(process, leader));
    }

    private static boolean belongs(ProcStat process, long leader) {
        return process.group() == leader && process.session() == leader && !process.dead();
    }
}
