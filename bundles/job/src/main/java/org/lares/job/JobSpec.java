package org.lares.job;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A validated definition. Whoever holds one may rely on every value being in range.
 *
 * @param description one line for people; may be empty
 * @param remarks what will not be honoured here, or not as elsewhere; only notes
 * @param overlaid paths of the keys that the administrator has set, or taken away, from outside of the definition, each
 *     with where that is said: the PID of a configuration
 */
public record JobSpec(
        Label label,
        JobKind kind,
        Origin origin,
        Work work,
        Policy policy,
        String description,
        List<Remark> remarks,
        Map<String, String> overlaid) {

    public JobSpec {
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(description, "description");
        remarks = List.copyOf(remarks);
        overlaid = Map.copyOf(overlaid);
    }

    /** One that stands as it was written. */
    public JobSpec(
            Label label,
            JobKind kind,
            Origin origin,
            Work work,
            Policy policy,
            String description,
            List<Remark> remarks) {
        this(label, kind, origin, work, policy, description, remarks, Map.of());
    }

    public JobSpec withWork(Work other) {
        return new JobSpec(label, kind, origin, other, policy, description, remarks, overlaid);
    }

    public JobSpec withPolicy(Policy other) {
        return new JobSpec(label, kind, origin, work, other, description, remarks, overlaid);
    }
}
