/**
 * What an isolated job's process and its container say to each other, over the wire of {@link org.lares.xpc}, at the
 * endpoint {@value org.lares.xpc.host.Order#ENDPOINT}. Values only.
 *
 * <pre>
 *   container                                   host
 *     Order, on its standard input      -->
 *                                       <--     CheckIn            once for each connection, first
 *     CheckedIn, with the next ticket   -->
 *                                       <--     Kept               the ticket before is void now
 *     Go                                -->                        a spare may wait long for it
 *                                       <--     Ready, Alive, Wanted, Note...
 *     Configured...                     -->
 *     Stop                              -->
 *                                       <--     Last               then it ends
 * </pre>
 *
 * Each message is a map; the key {@code is} names it. Keys and messages that are not known are passed over, so that a
 * container and the hosts of the version before and after it understand each other.
 */
@Export
@Version("0.1.0")
package org.lares.xpc.host;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
