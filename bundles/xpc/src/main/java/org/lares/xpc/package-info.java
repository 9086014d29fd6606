/**
 * The wire: framed CBOR messages over Unix domain sockets, with the kernel's word on who is at the other end. The format
 * is written down in docs/wire-protocol.md.
 */
@Export
@Version("0.1.0")
package org.lares.xpc;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
