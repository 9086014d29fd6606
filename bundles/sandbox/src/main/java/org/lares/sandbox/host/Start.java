package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.lares.job.Limits;
import org.lares.job.Policy;
import org.lares.job.RunId;
import org.lares.job.Work.BundleWork;
import org.lares.job.Work.ProgramWork;
import org.lares.sandbox.closure.Closure;
import org.lares.supervisor.runner.Launch;
import org.lares.xpc.host.Order;
import org.lares.xpc.host.Order.BundleFile;

/**
 * What a host is started with.
 *
 * @param closureFlags of its JVM that depend on the closure
 * @param properties of its framework
 */
record Start(Closure closure, JvmFlags.Jvm jvm, List<String> closureFlags, Map<String, String> properties) {

    /** Asks for the flags, which may wait. */
    static Start of(Closure closure, HostServices services, BundleWork work, Path folder, Optional<Path> data) {
        JvmFlags.Jvm jvm = jvm(closure, services, work, folder);
        Map<String, String> properties = new HashMap<>(closure.properties());
        data.ifPresent(it -> properties.put(Order.DATA, it.toString()));
        return new Start(closure, jvm, services.flags().of(jvm), properties);
    }

    static JvmFlags.Jvm jvm(Closure closure, HostServices services, BundleWork work, Path folder) {
        return new JvmFlags.Jvm(
                JvmCommand.java(services.place().javaHome()),
                closure.digest(),
                closure.classPath(),
                JvmCommand.flags(work.host().javaOptions()),
                folder);
    }

    /** Puts the order into the folder, without a run for a spare, and tells what to execute: a program that reads it, with the job's limits. */
    Launch write(HostPlace place, HostFolder folder, Launch launch, Optional<RunId> run, String id, byte[] ticket)
            throws IOException {
        BundleWork work = (BundleWork) launch.spec().work();
        Policy policy = launch.spec().policy();
        Order order = new Order(
                place.socket(),
                launch.domain().name(),
                launch.spec().label().value(),
                id,
                ticket,
                run.map(RunId::toString),
                closure.bundles(),
                closure.connect(),
                properties,
                folder.path(),
                policy.exitTimeOut().toMillis(),
                policy.watchdog().map(it -> it.toMillis()));
        folder.write(HostFolder.ORDER, order.encode());
        JvmCommand command = JvmCommand.of(jvm, closureFlags, place.main());
        if (!command.file().isEmpty()) {
            folder.write(HostFolder.ARGUMENTS, command.file().getBytes(StandardCharsets.UTF_8));
        }
        return program(launch, command.arguments(), Optional.of(folder.order()), work.limits());
    }

    HostState state(Launch launch, Optional<RunId> run, String id, byte[] ticket) {
        Set<String> locations =
                closure.bundles().stream().map(BundleFile::location).collect(Collectors.toSet());
        return new HostState(
                id,
                run.map(RunId::toString),
                launch.domain().name(),
                launch.spec().label().value(),
                Optional.empty(),
                closure.digest(),
                Tickets.first(ticket),
                false,
                false,
                closure.configurationPids(),
                locations,
                Map.of());
    }

    /** To adopt a host as the program that it is: what it was started with matters no more. @param program its own id */
    static Launch placeholder(Launch launch, RunId program) {
        return program(
                new Launch(launch.domain(), launch.spec(), program, launch.log()),
                List.of("java"),
                Optional.empty(),
                ((BundleWork) launch.spec().work()).limits());
    }

    private static Launch program(Launch launch, List<String> arguments, Optional<Path> in, Limits limits) {
        ProgramWork work = new ProgramWork(
                arguments.get(0),
                arguments,
                Map.of(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Map.of(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                true,
                in,
                Optional.empty(),
                Optional.empty(),
                false,
                limits);
        return new Launch(launch.domain(), launch.spec().withWork(work), launch.run(), launch.log());
    }
}
