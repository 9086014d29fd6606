/** Annotations that make a Declarative Services component a job; read by bnd at build time. */
@Export
@Version("0.1.0")
package org.lares.job.annotations;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
