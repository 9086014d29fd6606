package org.lares.sandbox;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lares.job.Domain;
import org.lares.job.JobSpec;
import org.lares.job.Label;
import org.lares.job.RunId;
import org.lares.job.Work;
import org.lares.sandbox.archive.Archives;
import org.lares.sandbox.closure.Closure;
import org.lares.sandbox.closure.Closures;
import org.lares.sandbox.host.AdminConfigurations;
import org.lares.sandbox.host.ArchiveFlags;
import org.lares.sandbox.host.ClosureSource;
import org.lares.sandbox.host.HostRunner;
import org.lares.supervisor.runner.Launch;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.RunListener;
import org.lares.supervisor.runner.Runner;
import org.lares.xpc.EventEndpoint;
import org.lares.xpc.SocketPlace;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The runner of all that has a process of its own: programs, and bundles whose isolation is {@code Process}. */
@Component(service = Runner.class)
public final class ProcessRunner implements Runner {
    private final ProgramRunner programs;
    private final Archives archives;
    private final HostRunner hosts;
    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final AdminConfigurations configurations;
    private final ServiceRegistration<EventEndpoint> endpoint;

    @Activate
    public ProcessRunner(BundleContext context) {
        Path data = Path.of(context.getProperty("karaf.data")).resolve("lares");
        Path home = Path.of(context.getProperty("karaf.home"));
        programs = new ProgramRunner();
        archives = new Archives(data.resolve("archives"));
        configurations = new AdminConfigurations(context);
        hosts = new HostRunner(
                data.resolve("hosts"),
                SocketPlace.of(Path.of(context.getProperty("karaf.base"))),
                programs,
                source(
                        new Closures(context, data.resolve("bundles"), home.resolve("system")),
                        context,
                        data.resolve("data")),
                new ArchiveFlags(archives),
                configurations);
        configurations.open(hosts::configured);
        endpoint = context.registerService(EventEndpoint.class, hosts, new Hashtable<>());
    }

    /** @param files where jobs keep theirs whose bundle is not installed */
    private static ClosureSource source(Closures closures, BundleContext context, Path files) {
        return new ClosureSource() {
            @Override
            public Closure of(Work.BundleWork work) throws IOException, RefusedException {
                return closures.of(work);
            }

            /** An installed bundle has the same files wherever it runs. */
            @Override
            public Optional<Path> data(Label label, Work.BundleWork work) throws IOException {
                if (work.bundleId().isPresent()) {
                    Bundle bundle = context.getBundle(work.bundleId().getAsLong());
                    return Optional.ofNullable(bundle == null ? null : bundle.getDataFile(""))
                            .map(File::toPath);
                }
                Path own = files.resolve(label.value());
                return Optional.of(Files.createDirectories(own, PRIVATE_FOLDER));
            }

            @Override
            public void retain(Collection<String> digests) throws IOException {
                closures.retain(digests);
            }
        };
    }

    /** Processes go on, and can be adopted by another runner. */
    @Deactivate
    public void close() {
        endpoint.unregister();
        configurations.close();
        programs.close();
        hosts.close();
        archives.close();
    }

    private Stream<Runner> runners() {
        return Stream.of(programs, hosts);
    }

    private Runner of(Work work) {
        return runners()
                .filter(it -> it.runs(work))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no work of ours: " + work));
    }

    @Override
    public boolean runs(Work work) {
        return runners().anyMatch(it -> it.runs(work));
    }

    @Override
    public void prepare(Domain domain, JobSpec spec) {
        // Its work may have been of the other kind before.
        runners().filter(it -> !it.runs(spec.work())).forEach(it -> it.forget(spec.label()));
        runners().filter(it -> it.runs(spec.work())).forEach(it -> it.prepare(domain, spec));
    }

    @Override
    public void forget(Label label) {
        runners().forEach(it -> it.forget(label));
    }

    @Override
    public int spares(Label label) {
        return runners().mapToInt(it -> it.spares(label)).sum();
    }

    @Override
    public void start(Launch launch, RunListener listener) {
        of(launch.spec().work()).start(launch, listener);
    }

    @Override
    public void adopt(Launch launch, Optional<ProcessIdentity> process, RunListener listener) {
        of(launch.spec().work()).adopt(launch, process, listener);
    }

    /** A run is at home in one of them; the other does not know it, which is no error. */
    @Override
    public Optional<String> signal(RunId run, int signal) {
        return hosts.knows(run) ? hosts.signal(run, signal) : programs.signal(run, signal);
    }

    @Override
    public List<String> diagnose(JobSpec spec, Optional<RunId> live) {
        return of(spec.work()).diagnose(spec, live);
    }
}
