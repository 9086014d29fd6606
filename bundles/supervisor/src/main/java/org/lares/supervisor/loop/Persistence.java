package org.lares.supervisor.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.Label;
import org.lares.supervisor.core.DomainEffect;
import org.lares.supervisor.core.DomainMachine;
import org.lares.supervisor.core.DomainState;
import org.lares.supervisor.core.Effect;
import org.lares.supervisor.core.Memory;
import org.lares.supervisor.store.Store;
import org.lares.supervisor.store.Write;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what a step says must last, before anything of the step can be seen. Where the disk refuses, what was missed is
 * kept in memory, bounded, and written first once there is room again. Used by the loop thread only.
 */
final class Persistence {
    private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);

    /** Ended runs and journal entries kept while the disk refuses; beyond it the oldest are dropped, and counted. */
    private static final int MISSED_LIMIT = 1_000;

    private final Store store;
    private final Map<Label, Memory> missedMemories = new LinkedHashMap<>();
    private final List<Write> missed = new ArrayList<>();
    private long dropped;
    private Optional<String> degraded = Optional.empty();

    Persistence(Store store) {
        this.store = store;
    }

    Map<Label, Memory> memories() {
        return store.memories();
    }

    long lastRun() {
        return store.lastRun();
    }

    /** Why the last write failed, while nothing can be written. */
    Optional<String> degraded() {
        return degraded;
    }

    /**
     * @param droppable whether the caller drops the decision if it cannot be written: then nothing of it is kept
     * @return why it could not be written; empty if it is safe
     */
    Optional<String> write(DomainState before, DomainMachine.Step step, boolean droppable) {
        List<Write> writes = writesOf(step);
        boolean newRuns = step.next().lastRun() > before.lastRun();
        if (writes.isEmpty() && !newRuns) {
            return Optional.empty();
        }
        try {
            if (newRuns) {
                store.reserveRuns(step.next().lastRun());
            }
            store.write(withMissed(writes));
        } catch (IOException e) {
            if (!droppable) {
                keep(writes);
            }
            return Optional.of(failed(e));
        }
        if (degraded.isPresent()) {
            LOG.info("the store can be written again; {} records were dropped meanwhile", dropped);
        }
        missed.clear();
        missedMemories.clear();
        dropped = 0;
        degraded = Optional.empty();
        return Optional.empty();
    }

    private static List<Write> writesOf(DomainMachine.Step step) {
        List<Write> writes = new ArrayList<>();
        for (DomainEffect effect : step.effects()) {
            if (effect instanceof DomainEffect.ForJob job && job.effect() instanceof Effect.Save save) {
                writes.add(new Write.Save(job.label(), save.memory()));
            } else if (effect instanceof DomainEffect.ForJob job && job.effect() instanceof Effect.Record ended) {
                writes.add(new Write.Ended(job.label(), ended.record()));
            }
        }
        step.journal().forEach(entry -> writes.add(new Write.Changed(entry)));
        return writes;
    }

    private List<Write> withMissed(List<Write> writes) {
        if (missed.isEmpty() && missedMemories.isEmpty()) {
            return writes;
        }
        List<Write> all = new ArrayList<>(missed);
        missedMemories.forEach((label, memory) -> all.add(new Write.Save(label, memory)));
        all.addAll(writes);
        return all;
    }

    private void keep(List<Write> writes) {
        for (Write write : writes) {
            if (write instanceof Write.Save save) {
                missedMemories.put(save.label(), save.memory());
            } else {
                if (missed.size() == MISSED_LIMIT) {
                    missed.remove(0);
                    dropped++;
                }
                missed.add(write);
            }
        }
    }

    private String failed(IOException e) {
        String reason = e.getMessage() == null ? e.toString() : e.getMessage();
        if (degraded.isEmpty()) {
            LOG.error("cannot write the store: {}; make room: until then nothing new is started or remembered", reason);
        }
        degraded = Optional.of(reason);
        return reason;
    }
}
