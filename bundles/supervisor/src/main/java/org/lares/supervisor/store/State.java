package org.lares.supervisor.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.lares.job.Label;
import org.lares.job.RunRecord;
import org.lares.supervisor.core.Memory;

/**
 * What the records of the store add up to, the journal apart. Bounded: of the history, the oldest runs go first; of the
 * memories nothing can go, so that one too many is refused. Any thread.
 */
final class State {

    /** Runs kept for each label. */
    static final int RUNS_PER_LABEL = 50;

    /** Encoded bytes of them. */
    static final int HISTORY_PER_LABEL = 512 << 10;

    /** Encoded bytes of all labels' history. */
    static final int HISTORY_TOTAL = 8 << 20;

    /** Encoded bytes of all memories; some 50,000 labels. */
    static final int MEMORIES_TOTAL = 16 << 20;

    private final Map<Label, Memory> memories = new HashMap<>();
    private final Map<Label, Item> encodedMemories = new HashMap<>();
    private long memoryBytes;

    // Records of runs stay encoded: they are many, seldom read, and go into the next snapshot as they are.
    private final Map<Label, Past> histories = new HashMap<>();
    private final NavigableMap<Long, Label> labelOfRun = new TreeMap<>();
    private long historyBytes;

    /** The runs of one label by run id. */
    private static final class Past {
        private final NavigableMap<Long, Item> runs = new TreeMap<>();
        private long bytes;
    }

    synchronized Map<Label, Memory> memories() {
        return Map.copyOf(memories);
    }

    synchronized Memory memory(Label label) {
        return memories.getOrDefault(label, Memory.NONE);
    }

    /** Newest first. */
    List<RunRecord> history(Label label) {
        List<Item> items;
        synchronized (this) {
            Past past = histories.get(label);
            items = past == null
                    ? List.of()
                    : new ArrayList<>(past.runs.descendingMap().values());
        }
        List<RunRecord> records = new ArrayList<>(items.size());
        for (Item item : items) {
            try {
                records.add(((Write.Ended) Records.decode(item)).record());
            } catch (IOException e) {
                throw new IllegalStateException("a record that was encoded or decoded here before", e);
            }
        }
        return List.copyOf(records);
    }

    /** @throws IOException if the memories would not be bounded with these */
    synchronized void admit(List<Write> writes, List<Item> items) throws IOException {
        Map<Label, Integer> sizes = new HashMap<>();
        for (int i = 0; i < items.size(); i++) {
            if (writes.get(i) instanceof Write.Save save) {
                sizes.put(save.label(), items.get(i).size());
            }
        }
        long bytes = memoryBytes;
        for (Map.Entry<Label, Integer> size : sizes.entrySet()) {
            Item replaced = encodedMemories.get(size.getKey());
            bytes += size.getValue() - (replaced == null ? 0 : replaced.size());
        }
        if (bytes > MEMORIES_TOTAL) {
            throw new IOException("the store is full: what is remembered of " + memories.size() + " labels takes "
                    + memoryBytes + " of " + MEMORIES_TOTAL + " bytes");
        }
    }

    /** @param item the encoded write, in the present version */
    synchronized void apply(Write write, Item item) {
        if (write instanceof Write.Save save) {
            save(save, item);
        } else if (write instanceof Write.Ended ended) {
            end(ended, item);
        }
    }

    private void save(Write.Save save, Item item) {
        Item before = encodedMemories.remove(save.label());
        if (before != null) {
            memoryBytes -= before.size();
        }
        if (save.memory().equals(Memory.NONE)) {
            memories.remove(save.label());
        } else {
            memories.put(save.label(), save.memory());
            encodedMemories.put(save.label(), item);
            memoryBytes += item.size();
        }
    }

    private void end(Write.Ended ended, Item item) {
        long run = ended.record().run().value();
        Label before = labelOfRun.get(run);
        if (before != null) {
            remove(before, run);
        }
        Past past = histories.computeIfAbsent(ended.label(), it -> new Past());
        past.runs.put(run, item);
        past.bytes += item.size();
        historyBytes += item.size();
        labelOfRun.put(run, ended.label());
        while (past.runs.size() > RUNS_PER_LABEL || past.bytes > HISTORY_PER_LABEL) {
            remove(ended.label(), past.runs.firstKey());
        }
        while (historyBytes > HISTORY_TOTAL) {
            Map.Entry<Long, Label> oldest = labelOfRun.firstEntry();
            remove(oldest.getValue(), oldest.getKey());
        }
    }

    private void remove(Label label, long run) {
        Past past = histories.get(label);
        int size = past.runs.remove(run).size();
        past.bytes -= size;
        historyBytes -= size;
        labelOfRun.remove(run);
        if (past.runs.isEmpty()) {
            histories.remove(label);
        }
    }

    /** Writes that make this state out of none. */
    synchronized List<Item> items() {
        List<Item> items = new ArrayList<>(encodedMemories.values());
        labelOfRun.forEach((run, label) -> items.add(histories.get(label).runs.get(run)));
        return items;
    }

    /** The greatest run that is remembered; 0 if none is. */
    synchronized long greatestRun() {
        long greatest = labelOfRun.isEmpty() ? 0 : labelOfRun.lastKey();
        for (Memory memory : memories.values()) {
            greatest =
                    Math.max(greatest, memory.live().map(it -> it.run().value()).orElse(0L));
        }
        return greatest;
    }
}
