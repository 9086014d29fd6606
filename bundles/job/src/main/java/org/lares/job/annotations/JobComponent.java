package org.lares.job.annotations;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * On each further Declarative Services component of a job's bundle: it lives and dies with the job's run. A component
 * without it is activated with its bundle, like any other, and {@code explain} says so.
 */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@ComponentPropertyType
public @interface JobComponent {

    /** Namespace of the capability that makes a bundle a job. */
    String NAMESPACE = "org.lares.job";

    /** Target of the satisfying condition: the run of the component's own bundle. */
    String RUN_CONDITION = "(osgi.condition.id=org.lares.run)";

    /** The gate; leave it alone. */
    String osgi_ds_satisfying_condition_target() default RUN_CONDITION;
}
