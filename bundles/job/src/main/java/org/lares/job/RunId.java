package org.lares.job;

/**
 * One incarnation of a job. Ids only grow within a domain, over restarts and power failures.
 *
 * @param value 1 or more
 */
public record RunId(long value) implements Comparable<RunId> {

    public RunId {
        if (value < 1) {
            throw new IllegalArgumentException("not a run id: " + value + "; run ids start at 1");
        }
    }

    public static RunId of(long value) {
        return new RunId(value);
    }

    public RunId next() {
        return new RunId(value + 1);
    }

    @Override
    public int compareTo(RunId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
