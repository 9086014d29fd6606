package org.lares.job;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What a job runs. */
public sealed interface Work permits Work.BundleWork, Work.ProgramWork {

    /**
     * A bundle.
     *
     * @param bundleId the framework's id of the bundle that carries the definition; empty for one that is not installed
     *     in this container, which is never isolated by {@link Isolation#CONTAINER}
     * @param symbolicName for people
     * @param location absolute path or URL of the jar, where it is not installed in this container
     * @param host how its process is made, where it has one
     * @param limits of its process, where it has one
     */
    record BundleWork(
            OptionalLong bundleId,
            String symbolicName,
            Optional<String> location,
            Isolation isolation,
            HostOptions host,
            Limits limits)
            implements Work {

        public BundleWork {
            Objects.requireNonNull(symbolicName, "symbolicName");
            Objects.requireNonNull(isolation, "isolation");
            if (bundleId.isPresent() == location.isPresent()) {
                throw new IllegalArgumentException("a bundle is either installed here or elsewhere");
            }
            if (bundleId.isEmpty() && isolation == Isolation.CONTAINER) {
                throw new IllegalArgumentException("a bundle that is not installed cannot run in the container");
            }
        }

        /** A bundle of this container, without options. */
        public static BundleWork installed(long bundleId, String symbolicName, Isolation isolation) {
            return new BundleWork(
                    OptionalLong.of(bundleId),
                    symbolicName,
                    Optional.empty(),
                    isolation,
                    HostOptions.NONE,
                    Limits.NONE);
        }

        public BundleWork with(Isolation other) {
            return new BundleWork(bundleId, symbolicName, location, other, host, limits);
        }
    }

    /**
     * Any executable (launchd.plist(5): Program, ProgramArguments and the keys about its surroundings).
     *
     * @param program absolute path, or a name to be looked up in the standard path
     * @param arguments with argument 0
     * @param workingDirectory absolute; the root if empty
     * @param umask 0 to 0777
     * @param nice -20 to 19
     * @param limits by launchd's names of resource limits ({@code NumberOfFiles}, {@code Core}...)
     * @param user name or number; the container's user if empty
     * @param initGroups whether the user's supplementary groups are set up
     * @param abandonProcessGroup leave the rest of the process group alone when the run ends
     * @param limits of all its processes together
     */
    record ProgramWork(
            String program,
            List<String> arguments,
            Map<String, String> environment,
            Optional<Path> workingDirectory,
            OptionalInt umask,
            OptionalInt nice,
            Map<String, Long> softLimits,
            Map<String, Long> hardLimits,
            Optional<String> user,
            Optional<String> group,
            boolean initGroups,
            Optional<Path> standardIn,
            Optional<Path> standardOut,
            Optional<Path> standardError,
            boolean abandonProcessGroup,
            Limits limits)
            implements Work {

        public ProgramWork {
            Objects.requireNonNull(program, "program");
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
            softLimits = Map.copyOf(softLimits);
            hardLimits = Map.copyOf(hardLimits);
        }

        /** A program with nothing but its arguments, of which the first is also what is executed. */
        public static ProgramWork of(String... arguments) {
            return new ProgramWork(
                    arguments[0],
                    List.of(arguments),
                    Map.of(),
                    Optional.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    Map.of(),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    true,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    Limits.NONE);
        }
    }
}
