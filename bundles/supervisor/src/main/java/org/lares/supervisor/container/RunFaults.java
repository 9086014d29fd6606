package org.lares.supervisor.container;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.lares.host.run.Failure;
import org.lares.host.run.MainService;
import org.lares.host.run.Stacks;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.supervisor.woven.JobCalls;
import org.lares.supervisor.woven.RunExit;

/** What goes wrong in the threads of a run, beside its main: what of it ends the run, and what is only noted. Any thread. */
final class RunFaults {
    private final RunThreads threads;
    private final RunLog log;
    private final Consumer<String> note;
    private final Consumer<RunEnd> end;
    private final Set<String> shared = ConcurrentHashMap.newKeySet();

    /** @param end of the run; the first that is given counts */
    RunFaults(RunThreads threads, RunLog log, Consumer<String> note, Consumer<RunEnd> end) {
        this.threads = threads;
        this.log = log;
        this.note = note;
        this.end = end;
    }

    void uncaught(Thread thread, Throwable thrown) {
        if (thrown instanceof RunExit) {
            return;
        }
        if (threads.isWorker(thread)) {
            // Already noted by its pool.
            return;
        }
        if (MainService.isPooled(thrown)) {
            taskFailed(thrown);
            return;
        }
        String where = threads.describe(thread);
        if (!threads.isOne(thread)) {
            note.accept("uncaught in " + where + ": " + thrown);
            log.append("error", Stacks.of(thrown));
            return;
        }
        log.append("error", "uncaught in " + where + "\n" + Stacks.of(thrown));
        end.accept(Failure.of(Cause.UNCAUGHT, thrown, thrown + " in " + where + "\n" + Stacks.of(thrown)));
    }

    JobCalls.ExecutorNotes executor() {
        String origin = RunThreads.origin();
        return new JobCalls.ExecutorNotes() {
            @Override
            public void made(Thread worker) {
                threads.madeByPool(worker, origin);
            }

            @Override
            public void ended() {
                threads.workerEnding();
            }

            @Override
            public void failed(Throwable thrown) {
                if (!(thrown instanceof RunExit)) {
                    taskFailed(thrown);
                }
            }
        };
    }

    private void taskFailed(Throwable thrown) {
        note.accept("failed task in thread \"" + Thread.currentThread().getName() + "\": " + thrown);
        log.append("error", Stacks.of(thrown));
    }

    void unattributed(String what) {
        if (shared.add(what)) {
            note.accept("unattributed: " + what + " hands work to shared or virtual threads");
        }
    }
}
