package org.lares.supervisor.runner;

import java.nio.file.Path;
import org.lares.job.Domain;
import org.lares.job.JobSpec;
import org.lares.job.RunId;

/**
 * One start, or the adoption of one.
 *
 * @param log where the run's output goes unless its definition names files; exists, belongs to the container's user; the
 *     runner opens it for append
 */
public record Launch(Domain domain, JobSpec spec, RunId run, Path log) {}
