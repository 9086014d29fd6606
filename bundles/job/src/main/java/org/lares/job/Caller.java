package org.lares.job;

import java.util.OptionalLong;

/**
 * Who asks, as the kernel says; never as the message says.
 *
 * @param pid where the kernel tells it
 */
public record Caller(long uid, long gid, OptionalLong pid) {

    @Override
    public String toString() {
        return "uid " + uid + (pid.isPresent() ? " (pid " + pid.getAsLong() + ")" : "");
    }
}
