package org.lares.shell.verb;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.lares.job.Caller;
import org.lares.job.JobControl;
import org.lares.job.JobException;
import org.lares.job.JobStatus;
import org.lares.job.Label;
import org.lares.job.Target;
import org.lares.job.Verification;
import org.lares.shell.view.JobModel;
import org.lares.shell.view.Text;

/**
 * One call of one verb: who calls, on what, and where the answer goes. Used by one thread; only the cancellation may be
 * used by others.
 *
 * @param width columns of the caller's terminal; empty if the answer goes to a file or a program
 * @param folder absolute; what relative paths are resolved against; empty if the caller has none
 * @param version of the container, for people
 */
public record Session(
        JobControl jobs,
        Access access,
        Sink out,
        Sink err,
        OptionalInt width,
        Optional<Path> folder,
        ZoneId zone,
        Cancellation cancellation,
        String version) {

    /** Where text goes. It may be kept back until {@link #flush}. */
    @FunctionalInterface
    public interface Sink {
        void write(String text) throws IOException;

        default void flush() throws IOException {}
    }

    public Session {
        Objects.requireNonNull(jobs, "jobs");
        Objects.requireNonNull(access, "access");
    }

    public Caller caller() {
        return access.caller();
    }

    /** Text that is made of what strangers say is made harmless here, whatever verb prints it. */
    void print(String text) throws IOException {
        out.write(Text.plain(text));
    }

    /** One line, and no more than that, whatever is in it. */
    void println(String line) throws IOException {
        print(Text.oneLine(line) + "\n");
    }

    void complain(String line) throws IOException {
        err.write(Text.plain(line) + "\n");
    }

    boolean terminal() {
        return width.isPresent();
    }

    /** Definitions that were found and refused, with their errors; nothing for those who do not control the container. */
    List<Verification> refused() {
        return access.controls() ? jobs.rejected() : List.of();
    }

    /** The domain with these jobs, as docs/json.md has it. */
    Map<String, Object> domain(List<JobStatus> shown) {
        return JobModel.domain(jobs.domain(), shown, access.controls(), refused(), jobs.degraded());
    }

    /** The jobs that exist for this caller, by label. */
    List<JobStatus> visible() {
        return jobs.list().stream()
                .filter(access::sees)
                .sorted(Comparator.comparing(JobStatus::label))
                .toList();
    }

    /** @throws JobException NO_SUCH_JOB also if the job is not this caller's: nobody learns what others run */
    JobStatus job(String verb, Label label) throws JobException {
        return jobs.find(label).filter(access::sees).orElseThrow(() -> noSuchJob(verb, label));
    }

    JobException noSuchJob(String verb, Label label) {
        return new JobException(
                JobException.Code.NO_SUCH_JOB,
                "cannot " + verb + " " + jobs.domain().target(label)
                        + ": no such job; \"lares list\" shows what is there");
    }

    /** @throws JobException NO_SUCH_DOMAIN if the target is in a domain that this container does not serve */
    void requireDomain(String verb, Target target) throws JobException {
        if (!target.domain().equals(jobs.domain())) {
            throw new JobException(
                    JobException.Code.NO_SUCH_DOMAIN,
                    "cannot " + verb + " " + target + ": this container serves " + jobs.domain()
                            + " only; ask the container of " + target.domain());
        }
    }

    Label requireLabel(String verb, Target target) throws JobException {
        requireDomain(verb, target);
        return target.label()
                .orElseThrow(() -> new JobException(
                        JobException.Code.USAGE,
                        "cannot " + verb + " " + target + ": that is a domain, not a job; write " + target + "/LABEL"));
    }

    Path resolve(String verb, Path path) throws JobException {
        if (path.isAbsolute()) {
            return path.normalize();
        }
        return folder.map(base -> base.resolve(path).normalize())
                .orElseThrow(() -> new JobException(
                        JobException.Code.USAGE,
                        "cannot " + verb + " " + path + ": the path is relative and your folder is not known;"
                                + " write an absolute path"));
    }

    /**
     * Waits for a request, as long as the caller waits.
     *
     * @throws CancellationException if the caller left; the request goes on
     */
    <T> T await(CompletionStage<T> stage) throws JobException, InterruptedException {
        CompletableFuture<T> future = stage.toCompletableFuture().copy();
        cancellation.onCancel(() -> future.cancel(false));
        try {
            return future.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            while (cause instanceof CompletionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof JobException refused) {
                throw refused;
            }
            throw new IllegalStateException("a request failed without saying why", cause);
        }
    }
}
