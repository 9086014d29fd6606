/** What bin/lares runs. Needs the wire and the JDK; no framework, no logging. */
package org.lares.shell.client;
