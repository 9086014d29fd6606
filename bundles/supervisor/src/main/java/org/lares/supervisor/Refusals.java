package org.lares.supervisor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.Remark;
import org.lares.job.Verification;
import org.lares.supervisor.definition.Overlay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Definitions that were found and are not loaded, by where they were found, until they are mended. Thread-safe. */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    /** That many are remembered; a folder with more is said in the log only. */
    private static final int LIMIT = 1_000;

    private final Map<String, Verification> refused = new LinkedHashMap<>();

    synchronized List<Verification> all() {
        return List.copyOf(refused.values());
    }

    void add(Verification verification) {
        synchronized (this) {
            if (refused.size() < LIMIT) {
                refused.put(verification.where(), verification);
            }
        }
        verification.remarks().stream()
                .filter(remark -> remark.severity() == Remark.Severity.ERROR)
                .forEach(remark -> LOG.error("refused: {}", remark));
    }

    synchronized void forget(String where) {
        refused.remove(where);
    }

    /** Those that were refused for what stands in the configuration of that PID. */
    synchronized List<Verification> dueTo(String pid) {
        return refused.values().stream()
                .filter(verification -> Overlay.isAtFault(pid, verification.remarks()))
                .toList();
    }

    /** The same, but refused for a reason of its own. */
    static Verification refused(Verification verification, String reason) {
        List<Remark> remarks = new ArrayList<>(verification.remarks());
        remarks.add(new Remark(Remark.Severity.ERROR, verification.where(), 0, "Label", reason, ""));
        return new Verification(verification.where(), Optional.empty(), remarks);
    }
}
