package org.lares.job;

import java.util.List;
import java.util.Optional;

/**
 * What a property list would become.
 *
 * @param spec empty if there is any error
 * @param remarks all errors and notes, in the order of their lines
 */
public record Verification(String where, Optional<JobSpec> spec, List<Remark> remarks) {
    public Verification {
        remarks = List.copyOf(remarks);
    }

    public boolean ok() {
        return spec.isPresent();
    }
}
