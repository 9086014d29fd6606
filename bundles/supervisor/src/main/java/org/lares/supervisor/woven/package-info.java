/** What the woven classes of job bundles call. Exported for them alone; nobody else should. */
@Export
@Version("0.1.0")
package org.lares.supervisor.woven;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
