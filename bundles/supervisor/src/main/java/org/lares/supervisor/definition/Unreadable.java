package org.lares.supervisor.definition;

import java.util.List;
import org.lares.job.Remark;

/** A list of which nothing can be said beyond why it cannot be read. */
final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Remark> remarks;

    /** @param remarks errors; at least one */
    Unreadable(List<Remark> remarks) {
        super(remarks.get(0).toString(), null, false, false);
        this.remarks = List.copyOf(remarks);
    }

    Unreadable(Place at, String message, String remedy) {
        this(List.of(new Remark(Remark.Severity.ERROR, at.where(), at.line(), "", message, remedy)));
    }

    List<Remark> remarks() {
        return remarks;
    }
}
