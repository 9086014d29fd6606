/**
 * What lasts: the memory of the jobs, the history of their runs and the journal of their changes ({@link
 * org.lares.supervisor.store.Store}), and the files that runs write to ({@link org.lares.supervisor.store.Logs}). The
 * format is described in {@code docs/store.md}.
 */
package org.lares.supervisor.store;
