/**
 * The job model: what a job is, how it is doing, and what can be asked of it. Values only; all types are
 * immutable and may be used from any thread, unless their own comment says otherwise.
 */
@Export
@Version("0.1.0")
package org.lares.job;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
