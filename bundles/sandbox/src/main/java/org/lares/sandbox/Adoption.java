package org.lares.sandbox;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.PosixException;

/** Finds the process of a run that a former life of the container started. */
final class Adoption {
    private Adoption() {}

    /**
     * Takes hold of the process if it is still the same: it is held first and compared then, so that its number cannot
     * change hands in between.
     */
    static Optional<Pidfd> hold(Launch launch, ProcessIdentity identity, String bootId) throws PosixException {
        if (!identity.bootId().equals(bootId)) {
            return Optional.empty();
        }
        Optional<Pidfd> process = Pidfd.open(identity.pid());
        boolean same = process.isPresent()
                && ProcStat.of(identity.pid())
                        .filter(stat -> stat.startTicks() == identity.startTicks())
                        .isPresent()
                && !contradicts(launch, ProcStat.environment(identity.pid()));
        if (!same) {
            process.ifPresent(Pidfd::close);
            return Optional.empty();
        }
        return process;
    }

    /** A program may overwrite its environment, so that only another run's id says that it is not ours. */
    private static boolean contradicts(Launch launch, List<String> environment) {
        String prefix = JobEnvironment.RUN_ID + "=";
        return environment.stream().anyMatch(variable -> variable.startsWith(prefix))
                && !environment.contains(prefix + launch.run());
    }

    /**
     * Looks for a process whose environment names the run. Descendants inherit it: the leader of a session that is the
     * oldest is the one.
     */
    static Optional<ProcessIdentity> search(Launch launch, String bootId) throws IOException {
        return ProcStat.all().stream()
                .filter(process -> process.session() == process.pid() && !process.dead())
                .filter(process -> names(launch, process))
                .min(Comparator.comparingLong(ProcStat::startTicks))
                .map(process -> new ProcessIdentity(process.pid(), process.startTicks(), bootId));
    }

    /** The process of a run among the members of its control groups: the oldest leader of a session. */
    static Optional<ProcessIdentity> leader(Leaf leaf, String bootId) throws IOException {
        return leaf.numbers().stream()
                .flatMap(number -> ProcStat.of(number).stream())
                .filter(process -> process.session() == process.pid() && !process.dead())
                .min(Comparator.comparingLong(ProcStat::startTicks))
                .map(process -> new ProcessIdentity(process.pid(), process.startTicks(), bootId));
    }

    /**
     * Whether the leader is gone but members of its group are left. A member must name the run: the number may have been
     * given to a new leader since.
     */
    static boolean groupLeft(Launch launch, ProcessIdentity identity, String bootId) throws IOException {
        return identity.bootId().equals(bootId)
                && ProcStat.of(identity.pid()).isEmpty()
                && ProcStat.all().stream()
                        .filter(process -> process.group() == identity.pid() && process.session() == identity.pid())
                        .anyMatch(process -> !process.dead() && names(launch, process));
    }

    /** Whether its environment names the run. */
    static boolean names(Launch launch, ProcStat process) {
        return ProcStat.environment(process.pid())
                .containsAll(List.of(
                        JobEnvironment.RUN_ID + "=" + launch.run(),
                        JobEnvironment.LABEL + "=" + launch.spec().label(),
                        JobEnvironment.DOMAIN + "=" + launch.domain()));
    }

    /** Whether this very process started it, in a former life of the runner alone: then it is ours to wait for. */
    static boolean child(ProcessIdentity identity) {
        return ProcStat.of(identity.pid())
                .filter(stat -> stat.parent() == ProcessHandle.current().pid())
                .isPresent();
    }
}
