/** What the woven classes of job bundles call. Exported for them alone; never substituted, since it holds the runner. */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("0.1.0")
package org.lares.supervisor.woven;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
