/**
 * What a bundle needs to be a job wherever it runs, in the container or in a process of its own: its main, what SCR says
 * of its components, and how stacks look. Works with any framework, and needs nothing else of a host.
 */
@Export
@Version("0.1.0")
package org.lares.host.run;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
