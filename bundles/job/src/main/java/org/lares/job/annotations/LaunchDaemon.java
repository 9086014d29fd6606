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
 * A job of the system domain: runs without a user, only answers ({@link org.lares.job.JobKind#DAEMON}).
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
        attribute = {"kind=daemon"})
@Requirement(namespace = "osgi.extender", name = "org.lares.supervisor", version = "0.1.0")
public @interface LaunchDaemon {

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

    /**
     * {@code Container}, {@code Process} or {@code Sandbox}; empty for the default of the kind. What a process of its own
     * may have and how its JVM is started ({@code Limits}, {@code JavaOptions}, {@code Repository}) stands in the
     * {@link #definition}.
     */
    @Attribute("Isolation")
    String isolation() default "";

    /** The run fails if it does not call {@link org.lares.job.Run#alive} once in so many seconds; 0 for no watchdog. */
    @Attribute("WatchdogSeconds")
    int watchdogSeconds() default 0;

    /** Processes kept ready for the next start, with none of the job's code run: 0 to 8. Not in the container. */
    @Attribute("WarmInstances")
    int warmInstances() default 0;

    /**
     * After how many runs that harmed the container's JVM (memory exhausted, threads left behind, watchdog missed) the
     * job gets a process of its own, for good: 1 to 100; 0 for never.
     */
    @Attribute("QuarantineOnFailure")
    int quarantineOnFailure() default 0;

    /** Path of a property list in the bundle with what an annotation cannot say, such as {@code OSGI-INF/job.plist}. */
    @Attribute("definition")
    String definition() default "";

    /** The gate; leave it alone. */
    String osgi_ds_satisfying_condition_target() default JobComponent.RUN_CONDITION;
}
