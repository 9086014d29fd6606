package org.lares.sandbox;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.lares.xpc.posix.Pidfd;
import org.lares.xpc.posix.PosixException;

/**
 * Sees to it that nothing is left of a process group whose leader has ended: who is left has {@link #GRACE} after the
 * SIGTERM, then gets SIGKILL, and is given up if that has no effect for {@link #PATIENCE} (a process that hangs in the
 * kernel, or one that we have no right to end).
 *
 * <p>On the reaper's thread only.
 */
final class GroupEnding {
    static final Duration GRACE = Duration.ofSeconds(2);
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    private final Reaper reaper;
    private final long number;
    private final Optional<Pidfd> leader;
    private final Consumer<String> done;
    private final Map<Long, Member> members = new HashMap<>();
    private boolean killed;
    private boolean over;

    private record Member(Pidfd process, Reaper.Watch watch) {}

    /**
     * @param leader a hold on the ended leader, through which the whole group has had its SIGTERM; without it the members
     *     are signalled one by one
     * @param done called once, with what could not be done, or an empty text
     */
    GroupEnding(Reaper reaper, long number, Optional<Pidfd> leader, Consumer<String> done) {
        this.reaper = reaper;
        this.number = number;
        this.leader = leader;
        this.done = done;
    }

    void begin() {
        if (!look(leader.isEmpty())) {
            return;
        }
        reaper.after(GRACE, this::kill);
    }

    /** @return whether it goes on */
    private boolean look(boolean signalNew) {
        try {
            for (Pidfd found : ProcessGroup.members(number)) {
                if (members.containsKey(found.pid())) {
                    found.close();
                    continue;
                }
                members.put(found.pid(), new Member(found, reaper.watch(found, watch -> ended(found.pid()))));
                if (signalNew) {
                    found.signal(killed ? SIGKILL : SIGTERM);
                }
            }
        } catch (IOException e) {
            finish("the rest of its process group could not be ended: " + e.getMessage());
            return false;
        }
        if (members.isEmpty()) {
            finish("");
            return false;
        }
        return true;
    }

    private void ended(long pid) {
        Member member = members.remove(pid);
        if (member == null) {
            return;
        }
        letGo(member);
        if (members.isEmpty()) {
            // A child made after we last looked has not had the signal for certain.
            look(true);
        }
    }

    private void kill() {
        if (over) {
            return;
        }
        killed = true;
        String trouble = "";
        try {
            if (leader.isPresent()) {
                leader.get().signalGroup(SIGKILL);
            } else {
                for (Member member : members.values()) {
                    member.process.signal(SIGKILL);
                }
            }
        } catch (PosixException e) {
            trouble = ": " + e.getMessage();
        }
        String left = trouble;
        reaper.after(PATIENCE, () -> {
            if (!over) {
                finish("processes " + members.keySet() + " of its group could not be ended" + left);
            }
        });
    }

    private void finish(String detail) {
        over = true;
        members.values().forEach(GroupEnding::letGo);
        members.clear();
        done.accept(detail);
    }

    private static void letGo(Member member) {
        member.watch.end();
        member.process.close();
    }

    /** Lets go of all that is held, the reaper being stopped. */
    void release() {
        over = true;
        members.values().forEach(member -> member.process.close());
        members.clear();
    }
}
