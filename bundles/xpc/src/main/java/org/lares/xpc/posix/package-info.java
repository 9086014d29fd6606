/**
 * The native layer: what the JDK cannot ask of the kernel. The one place that knows JNA, which is loaded at the first
 * call that needs it.
 */
@Export
@Version("0.1.0")
package org.lares.xpc.posix;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
