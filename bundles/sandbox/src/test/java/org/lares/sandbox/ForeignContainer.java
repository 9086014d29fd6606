package org.lares.sandbox;

import java.nio.file.Path;
import org.lares.supervisor.runner.ProcessIdentity;

/** A container in a JVM of its own: starts run 1, tells its identity, and stays until it is ended by force. */
final class ForeignContainer {
    private ForeignContainer() {}

    public static void main(String[] arguments) throws InterruptedException {
        Recorder heard = new Recorder();
        ProgramRunner runner = new ProgramRunner();
        runner.start(Job.shell(arguments[1]).launch(1, Path.of(arguments[0])), heard);
        ProcessIdentity identity = heard.started().identity();
        System.out.println(identity.pid() + " " + identity.startTicks() + " " + identity.bootId());
        Thread.currentThread().join();
    }
}
