/** The door for bin/lares: the verbs over the wire (docs/wire-shell.md). */
package org.lares.shell.door;
