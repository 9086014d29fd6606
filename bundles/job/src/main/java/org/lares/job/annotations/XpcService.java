package org.lares.job.annotations;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Attribute;
import org.osgi.annotation.bundle.Capability;
import org.osgi.annotation.bundle.Requirement;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * A job that belongs to one application, isolated by default ({@link org.lares.job.JobKind#XPC_SERVICE}).
 *
 * <p>On a Declarative Services component, or on a bundle's activator. The members become attributes of the bundle's
 * capability {@code org.lares.job} when bnd builds it, under launchd's names (launchd.plist(5)); only those that differ
 * from the default are written. One job per bundle: further components of the bundle take {@link JobComponent}. On a
 * component the members are component properties too, and its satisfying condition is the run: it is activated by a start
 * of the job and deactivated by its end.
 */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@ComponentPropertyType
@Capability(
        namespace = JobComponent.NAMESPACE,
        attribute = {"kind=xpc-service"})
@Requirement(namespace = "osgi.extender", name = "org.lares.supervisor", version = "0.1.0")
public @interface XpcService {

    /** launchd.plist(5): Label. 1 to 200 characters of {@code A-Z a-z 0-9 . _ -}; by convention reverse-DNS. */
    @Attribute("label")
    String label();

    /** One line for people. */
    @Attribute("Description")
    String description() default "";

    /** launchd.plist(5): RunAtLoad. */
    @Attribute("RunAtLoad")
    boolean runAtLoad() default false;

    /** launchd.plist(5): KeepAlive, as a boolean; its conditions stand in the {@link #definition}. */
    @Attribute("KeepAlive")
    boolean keepAlive() default false;

    /** launchd.plist(5): ThrottleInterval. Seconds from start to start, 0 or more. */
    @Attribute("ThrottleInterval")
    int throttleInterval() default 10;

    /** launchd.plist(5): ExitTimeOut. Seconds; 0 means never by force. */
    @Attribute("ExitTimeOut")
    int exitTimeOut() default 20;

    /** launchd.plist(5): StartInterval. Seconds; 0 for none. */
    @Attribute("StartInterval")
    int startInterval() default 0;

    /** launchd.plist(5): LaunchOnlyOnce. */
    @Attribute("LaunchOnlyOnce")
    boolean launchOnlyOnce() default false;

    /** launchd.plist(5): Disabled. A default only; enable and disable have the last word. */
    @Attribute("Disabled")
    boolean disabled() default false;

    /** {@code Container}, {@code Process} or {@code Sandbox}; empty for the default of the kind. */
    @Attribute("Isolation")
    String isolation() default "";

    /** The run fails if it does not call {@link org.lares.job.Run#alive} once in so many seconds; 0 for no watchdog. */
    @Attribute("WatchdogSeconds")
    int watchdogSeconds() default 0;

    /** Path of a property list in the bundle with what an annotation cannot say, such as {@code OSGI-INF/job.plist}. */
    @Attribute("definition")
    String definition() default "";

    /** The gate; leave it alone. */
    String osgi_ds_satisfying_condition_target() default JobComponent.RUN_CONDITION;
}
