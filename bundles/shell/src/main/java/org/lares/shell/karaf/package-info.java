/**
 * Karaf's shell: the verbs as commands of scope {@code job}, and sessions for {@code bin/lares shell}. Nothing here is
 * loaded in a container without that shell.
 */
package org.lares.shell.karaf;
