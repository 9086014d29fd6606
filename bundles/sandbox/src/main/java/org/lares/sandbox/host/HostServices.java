package org.lares.sandbox.host;

import java.util.concurrent.Executor;
import org.lares.sandbox.ProgramRunner;

/**
 * What all hosts share.
 *
 * @param programs makes the processes
 * @param workers for what may wait
 */
record HostServices(
        HostPlace place,
        HostTimes times,
        ProgramRunner programs,
        Configurations configurations,
        JvmFlags flags,
        Agenda agenda,
        Executor workers) {}
