package org.lares.job.annotations;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** placeholder replaced by the container runner's work. */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface LaunchDaemon {
    String label();
}
