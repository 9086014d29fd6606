package org.lares.shell.karaf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.lares.job.JobControl;
import org.lares.job.JobStatus;
import org.lares.shell.verb.Verbs;
import org.lares.shell.view.Signals;

/** Completes the name of a verb, its options, and what stands at each place of its arguments. Any thread. */
final class VerbCompleter implements Completer {
    private static final int NOTHING = -1;

    private final Verbs.Entry verb;
    private final JobControl jobs;
    private final boolean scoped;

    /** @param scoped whether the name is completed without its scope, as within the subshell {@code job} */
    VerbCompleter(Verbs.Entry verb, JobControl jobs, boolean scoped) {
        this.verb = verb;
        this.jobs = jobs;
        this.scoped = scoped;
    }

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        String full = JobCommand.SCOPE + ":" + verb.name();
        int index = line.getCursorArgumentIndex();
        String[] words = line.getArguments();
        if (index == 0) {
            return offer(line, List.of(scoped ? verb.name() : full), candidates);
        }
        if (words.length == 0
                || !(full.equals(words[0])
                        || full.equals(session.resolveCommand(words[0]))
                        || isScopedName(words[0]))) {
            return NOTHING;
        }
        if (typed(line).startsWith("-")) {
            return offer(line, verb.options(), candidates);
        }
        if (verb.arguments().isEmpty()) {
            return NOTHING;
        }
        long place = Arrays.stream(words, 1, Math.min(index, words.length))
                .filter(word -> !word.startsWith("-"))
                .count();
        Verbs.Argument argument =
                verb.arguments().get((int) Math.min(place, verb.arguments().size() - 1));
        if (argument == Verbs.Argument.PATH) {
            return new FileCompleter().complete(session, line, candidates);
        }
        int at = offer(line, choices(argument), candidates);
        // A label alone will do; offered only where no target begins so, lest each job be shown twice.
        return at == NOTHING && argument == Verbs.Argument.TARGET
                ? offer(line, choices(Verbs.Argument.LABEL), candidates)
                : at;
    }

    private boolean isScopedName(String word) {
        return scoped && word.equals(verb.name());
    }

    private List<String> choices(Verbs.Argument argument) {
        List<String> choices = new ArrayList<>();
        switch (argument) {
            case TARGET -> {
                choices.add(jobs.domain().name());
                jobs.list().stream().map(JobStatus::target).forEach(choices::add);
            }
            case LABEL -> jobs.list().stream().map(job -> job.label().value()).forEach(choices::add);
            case DOMAIN -> choices.add(jobs.domain().name());
            case SIGNAL -> choices.addAll(Signals.names());
            case VERB -> Verbs.all().stream().map(Verbs.Entry::name).forEach(choices::add);
            case PATH -> throw new IllegalArgumentException("paths are on disk");
        }
        return choices;
    }

    private static String typed(CommandLine line) {
        String word = line.getCursorArgument();
        return word == null ? "" : word.substring(0, Math.min(line.getArgumentPosition(), word.length()));
    }

    private static int offer(CommandLine line, List<String> choices, List<String> candidates) {
        String typed = typed(line);
        choices.stream()
                .filter(choice -> choice.startsWith(typed))
                .sorted()
                .map(choice -> choice + " ")
                .forEach(candidates::add);
        return candidates.isEmpty() ? NOTHING : line.getBufferPosition() - line.getArgumentPosition();
    }
}
