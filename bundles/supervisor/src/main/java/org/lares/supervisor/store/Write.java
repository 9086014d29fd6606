package org.lares.supervisor.store;

import org.lares.job.JournalEntry;
import org.lares.job.Label;
import org.lares.job.RunRecord;
import org.lares.supervisor.core.Memory;

/** One thing to be written down. */
public sealed interface Write {

    /**
     * Replaces what is remembered of a label; {@link Memory#NONE} forgets it. A change of the override survives a power
     * failure as well, and so does everything written before it.
     */
    record Save(Label label, Memory memory) implements Write {}

    /** Adds an ended run to the label's history; a second record of the same run replaces the first. */
    record Ended(Label label, RunRecord record) implements Write {}

    /** Adds to the journal. */
    record Changed(JournalEntry entry) implements Write {}
}
