/** The verbs, written once for all doors, and who may use which. */
package org.lares.shell.verb;
