package org.lares.shell.karaf;

import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.api.console.Registry;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.lares.job.JobControl;
import org.lares.shell.verb.Verbs;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Keeps the verbs registered with Karaf's shell, as commands of scope {@code job}. */
@Component(service = {})
public final class JobCommands {
    private final Registry registry;
    private final List<JobCommand> commands = new ArrayList<>();

    @Activate
    public JobCommands(BundleContext context, @Reference SessionFactory sessions, @Reference JobControl jobs) {
        this(context.getBundle().getVersion().toString(), sessions.getRegistry(), jobs);
    }

    JobCommands(String version, Registry registry, JobControl jobs) {
        this.registry = registry;
        for (Verbs.Entry verb : Verbs.all()) {
            JobCommand command = new JobCommand(verb, jobs, version);
            registry.register(command);
            commands.add(command);
        }
    }

    @Deactivate
    void close() {
        commands.forEach(registry::unregister);
        commands.clear();
    }
}
