package org.lares.supervisor.definition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Remark;
import org.lares.job.Remark.Severity;
import org.lares.job.Verification;
import org.lares.job.Work;

/** One definition on its way to a {@link JobSpec}: collects all that is to be said of it. Used by one thread. */
final class Reading {
    private final String where;
    private final List<Remark> remarks = new ArrayList<>();

    Reading(String where) {
        this.where = where;
    }

    List<Remark> remarks() {
        return remarks;
    }

    void error(Place at, String key, String message, String remedy) {
        remarks.add(new Remark(Severity.ERROR, at.where(), at.line(), key, message, remedy));
    }

    void note(Place at, String key, String message, String remedy) {
        remarks.add(new Remark(Severity.NOTE, at.where(), at.line(), key, message, remedy));
    }

    /** A definition that cannot be read. */
    Verification failed(Unreadable reason) {
        remarks.addAll(reason.remarks());
        return new Verification(where, Optional.empty(), sorted());
    }

    /** A definition that ends in errors, or in no other way than these remarks. */
    Verification failed() {
        return new Verification(where, Optional.empty(), sorted());
    }

    /** The definition, if nothing stands against it. */
    Verification finish(
            Fields definition, Origin origin, Optional<Work> work, Policy policy, Map<String, String> overlaid) {
        Optional<String> label = definition.text("Label").filter(Label::isValid);
        List<Remark> all = sorted();
        boolean refused = all.stream().anyMatch(remark -> remark.severity() == Severity.ERROR);
        if (refused || label.isEmpty() || work.isEmpty()) {
            return new Verification(where, Optional.empty(), all);
        }
        JobSpec spec = new JobSpec(
                Label.of(label.get()),
                JobKind.DAEMON,
                origin,
                work.get(),
                policy,
                definition.text("Description").orElse(""),
                all,
                overlaid);
        return new Verification(where, Optional.of(spec), all);
    }

    private List<Remark> sorted() {
        List<Remark> sorted = new ArrayList<>(remarks);
        sorted.sort(Comparator.comparingInt(Remark::line));
        return sorted;
    }
}
