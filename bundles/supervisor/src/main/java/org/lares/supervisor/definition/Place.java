package org.lares.supervisor.definition;

/**
 * Where something stands.
 *
 * @param where the file or the bundle
 * @param line 1-based; 0 where there are no lines (binary lists, capabilities)
 */
record Place(String where, int line) {}
