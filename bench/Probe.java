package org.lares.bench;

import java.nio.file.Files;
import java.nio.file.Path;

/** Says how many milliseconds its process is old and how many of a processor it has used, as a program and as a component. */
public final class Probe {
    /** Of a clock tick, by which the kernel counts the start of a process (proc(5), starttime; nearly always 100 Hz). */
    private static final double TICK = 10;

    public static void main(String[] arguments) throws Exception {
        new Probe().activate();
        Thread.sleep(Long.MAX_VALUE);
    }

    public void activate() throws Exception {
        // Both count from the boot of the machine; the start was rounded down.
        double now = System.nanoTime() / 1e6;
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        double start = Long.parseLong(fields[19]) * TICK;
        double used = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK;
        // In one piece, as somebody is waiting for it.
        System.out.println("active " + Math.round(now - start - TICK / 2) + " " + Math.round(used + TICK));
    }
}
