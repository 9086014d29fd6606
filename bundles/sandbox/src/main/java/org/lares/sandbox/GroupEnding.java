package org.lares.sandbox;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.lares.xpc.posix.Pidfd;

/**
 * Sees to it that nothing is left of a run whose leader has ended: who is left has {@link #GRACE} after the SIGTERM, then
 * gets SIGKILL, and is given up if that has no effect for {@link #PATIENCE} (a process that hangs in the kernel, or one
 * that we have no right to end).
 *
 * <p>Each one's end is heard of through a hold on it, and then the run is looked at again: that takes a fraction of the
 * time of the kernel's word on a control group, which comes once in 10 ms at most.
 *
 * <p>On the reaper's thread only.
 */
final class GroupEnding {
    static final Duration GRACE = Duration.ofSeconds(2);
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    private final Reaper reaper;
    private final ProcessTree tree;
    private final LongPredicate asked;
    private final Consumer<String> done;
    private final Map<Long, Member> members = new HashMap<>();
    private boolean killed;
    private boolean over;

    private record Member(Pidfd process, Reaper.Watch watch) {}

    /**
     * @param asked of the members that are found first, who has had its SIGTERM already
     * @param done called once, with what could not be done, or an empty text
     */
    GroupEnding(Reaper reaper, ProcessTree tree, LongPredicate asked, Consumer<String> done) {
        this.reaper = reaper;
        this.tree = tree;
        this.asked = asked;
        this.done = done;
    }

    /** @param force without the time of grace */
    void begin(boolean force) {
        killed = force;
        if (!look(asked)) {
            return;
        }
        if (force) {
            kill();
        } else {
            reaper.after(GRACE, this::kill);
        }
    }

    /** @return whether it goes on */
    private boolean look(LongPredicate spared) {
        try {
            for (Pidfd found : tree.members()) {
                if (members.containsKey(found.pid())) {
                    found.close();
                    continue;
                }
                members.put(found.pid(), new Member(found, reaper.watch(found, watch -> ended(found.pid()))));
                if (killed) {
                    found.signal(SIGKILL);
                } else if (!spared.test(found.pid())) {
                    found.signal(SIGTERM);
                }
            }
        } catch (IOException e) {
            finish("the rest of its processes could not be ended: " + e.getMessage());
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
            look(none -> false);
        }
    }

    private void kill() {
        if (over) {
            return;
        }
        killed = true;
        String trouble = "";
        try {
            tree.kill();
        } catch (IOException e) {
            trouble = ": " + e.getMessage();
        }
        String left = trouble;
        reaper.after(PATIENCE, () -> {
            if (!over) {
                finish("processes " + members.keySet() + " of it could not be ended" + left);
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
