/**
 * From property lists and bundles' capabilities to validated definitions. Depends on {@code java.*}, {@code
 * javax.xml.stream} and {@code org.lares.job} only: what it needs to know of the machine comes in as {@link
 * org.lares.supervisor.definition.Surroundings}.
 */
package org.lares.supervisor.definition;
