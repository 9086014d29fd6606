/** The JDK's place for the handler of {@code bundle:} URLs: the package's last name is the protocol's. */
package org.lares.host.framework.bundle;
