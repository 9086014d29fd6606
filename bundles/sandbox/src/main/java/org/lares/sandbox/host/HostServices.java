package org.lares.sandbox.host;

import java.util.concurrent.Executor;
import org.lares.supervisor.runner.Runner;

/**
 * What all hosts share.
 *
 * @param programs makes the processes
 * @param workers for what may wait
 */
record HostServices(
        HostPlace place,
        HostTimes times,
        Runner programs,
        Configurations configurations,
        JvmFlags flags,
        Agenda agenda,
        Executor workers) {}
