package org.lares.sandbox.host;

import java.io.IOException;
import java.util.Optional;
import org.lares.sandbox.ProcStat;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.Posix;
import org.lares.xpc.posix.PosixException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Processes of which nobody who made them holds anything any more. Any thread. */
final class Processes {
    private static final Logger LOG = LoggerFactory.getLogger(Processes.class);

    private Processes() {}

    /** Whether it is there, and not another one by its number. */
    static boolean lives(ProcessIdentity process) {
        try {
            return process.bootId().equals(Posix.bootId())
                    && ProcStat.of(process.pid())
                            .filter(stat -> stat.startTicks() == process.startTicks() && !stat.dead())
                            .isPresent();
        } catch (IOException e) {
            LOG.warn("cannot find out whether process {} lives: {}", process.pid(), e.getMessage());
            return true;
        }
    }

    /** Held first and compared then, so that nobody else gets it. */
    static void signal(ProcessIdentity process, int signal) {
        try {
            Optional<Pidfd> held = Pidfd.open(process.pid());
            if (held.isPresent()) {
                try (Pidfd pidfd = held.get()) {
                    if (lives(process)) {
                        pidfd.signal(signal);
                    }
                }
            }
        } catch (PosixException e) {
            LOG.warn("cannot end process {}: {}", process.pid(), e.getMessage());
        }
    }
}
