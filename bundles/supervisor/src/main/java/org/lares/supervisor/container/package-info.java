/**
 * Bundle jobs in the container: what a run of a bundle is, how it is gated, how it ends, and what stands in its way. See
 * {@link org.lares.supervisor.container.BundleRunner}.
 */
@Capability(namespace = "osgi.extender", name = "org.lares.supervisor", version = "0.1.0")
package org.lares.supervisor.container;

import org.osgi.annotation.bundle.Capability;
