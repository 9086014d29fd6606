/**
 * The pure core. Everything that is decided is decided here, by functions of their arguments: no clock, no thread, no
 * I/O, no logger. Imports only {@code java.*}, {@code org.lares.job} and the values of the runner SPI; a test keeps it so.
 */
package org.lares.supervisor.core;
