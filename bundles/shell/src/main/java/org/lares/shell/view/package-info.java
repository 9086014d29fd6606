/** Jobs as text and as JSON. Values and functions without state; all may be used from any thread. */
package org.lares.shell.view;
