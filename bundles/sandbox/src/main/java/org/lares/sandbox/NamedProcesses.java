package org.lares.sandbox;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.posix.Pidfd;

/**
 * The processes of a run where there are no control groups: its process group, and those whose environment names the run.
 * Who leaves the group and changes its environment is not found, nor one that runs as another user where this container
 * is not root.
 */
final class NamedProcesses implements ProcessTree {
    private static final int SIGKILL = 9;
    /** Each finds what the one before was still making. */
    private static final int KILLING_PASSES = 64;

    private final Launch launch;
    private final Optional<ProcessIdentity> leader;

    /** @param leader whose number the process group has */
    NamedProcesses(Launch launch, Optional<ProcessIdentity> leader) {
        this.launch = launch;
        this.leader = leader;
    }

    @Override
    public List<Pidfd> members() throws IOException {
        return hold(this::belongs);
    }

    @Override
    public void kill() throws IOException {
        Set<Long> sent = new HashSet<>();
        for (int pass = 0; pass < KILLING_PASSES; pass++) {
            boolean found = false;
            for (Pidfd member : members()) {
                try (member) {
                    if (sent.add(member.pid())) {
                        found = true;
                        member.signal(SIGKILL);
                    }
                }
            }
            if (!found) {
                return;
            }
        }
    }

    private static List<Pidfd> hold(Predicate<ProcStat> belongs) throws IOException {
        List<Pidfd> members = new ArrayList<>();
        for (ProcStat candidate : ProcStat.all()) {
            if (!belongs.test(candidate)) {
                continue;
            }
            Optional<Pidfd> held = Pidfd.open(candidate.pid());
            if (held.isEmpty()) {
                continue;
            }
            // Held first, looked at again then: the number may have changed hands in between.
            if (ProcStat.of(candidate.pid()).filter(belongs).isPresent()) {
                members.add(held.get());
            } else {
                held.get().close();
            }
        }
        return members;
    }

    private boolean belongs(ProcStat process) {
        return !process.dead()
                && process.pid() != ProcessHandle.current().pid()
                && (inGroup(process) || (mayDescend(process) && Adoption.names(launch, process)));
    }

    private boolean inGroup(ProcStat process) {
        return leader.isPresent() && ProcessGroup.belongs(process, leader.get().pid());
    }

    /** Spares the reading of most environments. */
    private boolean mayDescend(ProcStat process) {
        return leader.isEmpty() || process.startTicks() >= leader.get().startTicks();
    }
}
