package org.lares.supervisor.runner;

/**
 * A process, named so that a recycled pid is never mistaken for it.
 *
 * @param startTicks field 22 of {@code /proc/PID/stat}: clock ticks from boot to its start
 * @param bootId {@code /proc/sys/kernel/random/boot_id}
 */
public record ProcessIdentity(long pid, long startTicks, String bootId) {}
