package org.lares.sandbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lares.job.Domain;
import org.lares.job.Label;
import org.lares.job.RunId;
import org.lares.job.Work.ProgramWork;
import org.lares.xpc.posix.Posix;

/**
 * The environment of a program job; nothing of the container's own is passed on. In this order, the later wins:
 *
 * <ol>
 *   <li>{@code PATH}: launchd's _PATH_STDPATH, {@value Preparation#STANDARD_PATH};
 *   <li>{@code HOME}, {@code USER}, {@code LOGNAME}, {@code SHELL}: of the user in UserName; without it, of the
 *       container's user, but not if that is root (as launchd does for daemons);
 *   <li>the definition's EnvironmentVariables;
 *   <li>{@code LARES_DOMAIN}, {@code LARES_LABEL}, {@code LARES_RUN_ID}: by these a later life of the container knows
 *       the process again. A process that was made ahead of its run has a number of its own in place of the run's.
 * </ol>
 */
final class JobEnvironment {
    static final String DOMAIN = "LARES_DOMAIN";
    static final String LABEL = "LARES_LABEL";
    static final String RUN_ID = "LARES_RUN_ID";

    private JobEnvironment() {}

    static Map<String, String> of(Domain domain, Label label, RunId run, ProgramWork work, Preparation preparation) {
        Map<String, String> variables = new TreeMap<>();
        variables.put("PATH", Preparation.STANDARD_PATH);
        if (preparation.home().isPresent()) {
            Posix.User user = preparation.home().get();
            variables.put("HOME", user.home());
            variables.put("USER", user.name());
            variables.put("LOGNAME", user.name());
            variables.put("SHELL", user.shell().isEmpty() ? "/bin/sh" : user.shell());
        }
        variables.putAll(work.environment());
        variables.put(DOMAIN, domain.name());
        variables.put(LABEL, label.value());
        variables.put(RUN_ID, run.toString());
        return variables;
    }

    /** As the kernel takes it. */
    static List<String> strings(Map<String, String> variables) {
        List<String> strings = new ArrayList<>(variables.size());
        variables.forEach((name, value) -> strings.add(name + "=" + value));
        return strings;
    }
}
