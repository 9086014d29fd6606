/** Drives the core: one thread per domain takes an event, asks the core, writes, performs, publishes. */
package org.lares.supervisor.loop;
