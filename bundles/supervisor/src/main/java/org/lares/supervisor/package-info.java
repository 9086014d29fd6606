/** Puts the supervisor together and gives it to the framework. */
package org.lares.supervisor;
