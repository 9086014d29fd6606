package org.lares.xpc;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may still come in. Other users can neither lock each other out nor the container's own user and root, for whom
 * places are kept. Any thread.
 */
final class Admission {
    /** For those who come and go. */
    static final Places VISITS = new Places(64, 48, 16);

    /** For those who stay, and cost a descriptor each. */
    static final Places LINES = new Places(4096, 1024, 16);

    /**
     * @param all at a time
     * @param foreign of them for users other than ours and root
     * @param each of these for one user
     */
    record Places(int all, int foreign, int each) {}

    private final long self;
    private final Places places;
    private final boolean others;
    private final Map<Long, Integer> inside = new HashMap<>();
    private int all;
    private int foreign;

    /** @param others whether users besides {@code self} and root are let in at all */
    Admission(long self, boolean others, Places places) {
        this.self = self;
        this.places = places;
        this.others = others;
    }

    /** Takes a place for a user, to be given back by {@link #leave}; or says why there is none. */
    synchronized Optional<String> enter(long uid) {
        if (foreign(uid) && !others) {
            return Optional.of("this container is for uid " + self + " and root only");
        }
        if (all == places.all || (foreign(uid) && foreign == places.foreign)) {
            return Optional.of("too many connections; try again later");
        }
        int own = inside.getOrDefault(uid, 0);
        if (foreign(uid) && own == places.each) {
            return Optional.of("uid " + uid + " has " + places.each + " connections already; close one");
        }
        inside.put(uid, own + 1);
        all++;
        foreign += foreign(uid) ? 1 : 0;
        return Optional.empty();
    }

    synchronized void leave(long uid) {
        inside.computeIfPresent(uid, (key, count) -> count == 1 ? null : count - 1);
        all--;
        foreign -= foreign(uid) ? 1 : 0;
    }

    private boolean foreign(long uid) {
        return uid != self && uid != Ownership.ROOT;
    }
}
