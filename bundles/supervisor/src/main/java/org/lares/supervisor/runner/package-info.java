/** What turns a start into a running thing: the seam between the supervisor and those who own processes. */
@Export
@Version("0.1.0")
package org.lares.supervisor.runner;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
