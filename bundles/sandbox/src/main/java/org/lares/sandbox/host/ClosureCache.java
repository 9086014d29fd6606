package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.lares.job.Label;
import org.lares.job.Work.BundleWork;

/** The closure of each job, made when the job is loaded, and again when its jar has changed. Any thread; none waits. */
final class ClosureCache {
    private final ClosureSource source;
    private final Executor executor;
    private final Map<Label, Entry> entries = new ConcurrentHashMap<>();

    /** @param stamp of the jar when the closure was made, by which a change is seen */
    private record Entry(BundleWork work, String stamp, CompletableFuture<HostClosure> closure) {

        boolean good(BundleWork wanted) {
            return work.equals(wanted) && !closure.isCompletedExceptionally() && stamp.equals(stampOf(wanted));
        }
    }

    /** @param executor bounded: what it does not take fails with a sentence */
    ClosureCache(ClosureSource source, Executor executor) {
        this.source = source;
        this.executor = executor;
    }

    /** Made, being made, or begun now; fails with an {@link IOException} for people. */
    CompletableFuture<HostClosure> of(Label label, BundleWork work) {
        return entries.compute(label, (unused, known) -> known != null && known.good(work) ? known : make(work))
                .closure();
    }

    /** Makes it anew, for the next {@link #of}. */
    void prepare(Label label, BundleWork work) {
        entries.put(label, make(work));
    }

    void forget(Label label) {
        entries.remove(label);
    }

    private Entry make(BundleWork work) {
        String stamp = stampOf(work);
        CompletableFuture<HostClosure> closure = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    closure.complete(source.of(work));
                } catch (IOException | RuntimeException | LinkageError e) {
                    closure.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            closure.completeExceptionally(
                    new IOException("too many jobs are being resolved; try again when they are done", e));
        }
        return new Entry(work, stamp, closure);
    }

    /** One look at the file; a bundle of the container is prepared again when it changes. */
    private static String stampOf(BundleWork work) {
        if (work.location().isEmpty() || !work.location().get().startsWith("/")) {
            return "";
        }
        try {
            BasicFileAttributes file =
                    Files.readAttributes(Path.of(work.location().get()), BasicFileAttributes.class);
            return file.lastModifiedTime() + " " + file.size() + " " + file.fileKey();
        } catch (IOException e) {
            return "none";
        }
    }

    static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof IOException && cause.getMessage() != null ? cause.getMessage() : cause.toString();
    }
}
