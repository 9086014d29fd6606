package org.lares.sandbox.host;

import java.util.Optional;
import org.lares.sandbox.ProcStat;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.posix.Peer;

/** Who is believed: the very process that was made for the host, with a ticket that only it was given. */
final class CheckIns {
    private CheckIns() {}

    /** Why one is not believed; empty if it is. Asks the kernel, which does not wait. */
    static Optional<String> refusal(Peer peer, byte[] ticket, ProcessIdentity process, Tickets tickets) {
        boolean good = tickets.admit(ticket);
        if (peer.pid().isEmpty() || peer.pid().getAsLong() != process.pid()) {
            return Optional.of(
                    good
                            ? "its ticket is another process's: somebody has stolen it"
                            : "it is not the host's process, and its ticket is not good");
        }
        if (ProcStat.of(process.pid())
                .filter(stat -> stat.startTicks() == process.startTicks())
                .isEmpty()) {
            return Optional.of("the host's process is no more, and its number was given to another");
        }
        return good ? Optional.empty() : Optional.of("its ticket is not good, or was used before");
    }
}
