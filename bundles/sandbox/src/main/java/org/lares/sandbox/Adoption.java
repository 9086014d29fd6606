package org.lares.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
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
    static Optional<ProcessIdentity> search(Launch launch, String bootId) {
        List<String> signs = List.of(
                JobEnvironment.RUN_ID + "=" + launch.run(),
                JobEnvironment.LABEL + "=" + launch.spec().label(),
                JobEnvironment.DOMAIN + "=" + launch.domain());
        try {
            return ProcStat.all().stream()
                    .filter(process -> process.session() == process.pid() && !process.dead())
                    .filter(process -> ProcStat.environment(process.pid()).containsAll(signs))
                    .min(Comparator.comparingLong(ProcStat::startTicks))
                    .map(process -> new ProcessIdentity(process.pid(), process.startTicks(), bootId));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
