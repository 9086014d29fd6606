package org.lares.job;

import java.util.List;

/**
 * Why a job does or does not run, from the job down to the leaf.
 *
 * @param chain each step is caused by the next; at least one
 * @param next what a person can do about it; never empty ("nothing to do" is an answer)
 */
public record Explanation(String target, List<String> chain, String next) {
    public Explanation {
        chain = List.copyOf(chain);
    }

    /** The last step: the reason that has no further reason. */
    public String leaf() {
        return chain.get(chain.size() - 1);
    }
}
