/** The native layer: the few calls of Linux that Java has not. The only place that loads JNA, and only when used. */
@Export
@Version("0.1.0")
package org.lares.xpc.posix;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
