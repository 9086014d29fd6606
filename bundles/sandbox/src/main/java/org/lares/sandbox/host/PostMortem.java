package org.lares.sandbox.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lares.job.RunEnd;
import org.lares.job.RunEnd.Cause;
import org.lares.xpc.host.FromHost.Last;
import org.lares.xpc.host.Order;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why a host has ended. An exit status alone does not tell: System.exit, Runtime.halt and a JVM without memory may all
 * use the same. In this order: the kernel's memory limit; what the container ended it for; the JVM's crash report; the
 * host's last frame; what the kernel says.
 *
 * @param seen what the kernel told
 * @param verdict why the container ended it by force, if it did
 * @param frame the host's last one, as it came over the wire
 * @param gone whether it had been told to begin its run
 */
record PostMortem(
        RunEnd seen, Optional<RunEnd> verdict, Optional<Last> frame, boolean gone, HostFolder folder, Path log) {
    private static final Logger LOG = LoggerFactory.getLogger(PostMortem.class);

    /** Beside the log of the run, which it goes with. */
    static final String REPORT = ".hs_err";

    private static final int LOG_LINES = 20;
    private static final int LOG_BYTES = 8 << 10;
    private static final int STACK_CHARS = 24 << 10;
    private static final int SECTION_CHARS = 6 << 10;
    /** What is said of these in one line has no part of the detail, so that this may begin with anything. */
    private static final Set<Cause> BY_NUMBER =
            EnumSet.of(Cause.EXITED, Cause.SIGNALED, Cause.EXIT_CALLED, Cause.HALTED);

    private static final Set<Integer> ASKED = Set.of(9, 15);

    /** A JVM that is asked to end by one of these signals runs its shutdown hooks, then exits with their sum. */
    private static final int JVM_SIGNALED = 128;

    private static final Set<Integer> JVM_SIGNALS = Set.of(1, 2, 15);

    private static final Pattern OUT_OF_MEMORY =
            Pattern.compile("OutOfMemory(?:Error| encountered)?:? *([^\\n]*)|There is insufficient memory([^\\n]*)");
    private static final Pattern SIGNAL = Pattern.compile("^# +(SIG[A-Z0-9]+ \\(0x[0-9a-f]+\\))", Pattern.MULTILINE);
    private static final Pattern INTERNAL =
            Pattern.compile("^# +((?:Internal Error|fatal error|guarantee|assert)[^\\n]*)", Pattern.MULTILINE);
    private static final Pattern FRAME = Pattern.compile("^# Problematic frame:\\n# *([^\\n]*)", Pattern.MULTILINE);

    /** The end with its cause and, for a failure, the evidence; the crash report is moved beside the log. */
    RunEnd end() throws IOException {
        Optional<String> report = folder.crashReport();
        RunEnd end = cause(report);
        if (end.successful() || (end.cause() == Cause.SIGNALED && ASKED.contains(number(end)))) {
            return end;
        }
        if (report.isPresent()) {
            Path kept = log.resolveSibling(log.getFileName() + REPORT);
            Files.deleteIfExists(kept);
            Files.move(folder.path().resolve(Order.CRASH_REPORT), kept);
        }
        String evidence = evidence(end.detail(), report);
        return new RunEnd(
                end.cause(),
                end.code(),
                end.signal(),
                BY_NUMBER.contains(end.cause()) ? evidence.stripLeading() : evidence);
    }

    private RunEnd cause(Optional<String> report) throws IOException {
        if (seen.cause() == Cause.MEMORY_LIMIT) {
            return seen;
        }
        Optional<Last> last = last();
        if (verdict.isPresent()) {
            RunEnd ended = verdict.get();
            // The host knows where it hung.
            String detail = last.filter(it -> it.cause().equals(ended.cause().name()))
                    .map(Last::detail)
                    .orElse(ended.detail());
            return new RunEnd(ended.cause(), seen.code(), seen.signal(), detail);
        }
        boolean crashed = seen.cause() == Cause.SIGNALED && !ASKED.contains(number(seen));
        if (report.isPresent() && (crashed || last.isEmpty())) {
            return crash(report.get());
        }
        if (last.isPresent()) {
            RunEnd told = told(last.get());
            // It said that all was well, and then could not end by itself.
            return told.successful() && seen.cause() == Cause.SIGNALED
                    ? new RunEnd(Cause.SIGNALED, seen.code(), seen.signal(), "after it " + told.text())
                    : told;
        }
        if (seen.cause() != Cause.EXITED) {
            return seen;
        }
        int signal = seen.code().orElse(0) - JVM_SIGNALED;
        if (JVM_SIGNALS.contains(signal)) {
            return new RunEnd(Cause.SIGNALED, OptionalInt.empty(), OptionalInt.of(signal), seen.detail());
        }
        return gone
                ? new RunEnd(Cause.HALTED, seen.code(), seen.signal(), seen.detail())
                : new RunEnd(
                        Cause.SPAWN_FAILED,
                        seen.code(),
                        seen.signal(),
                        "its JVM ended with " + seen.code().orElse(0)
                                + " before it began the run; see its log, and JavaOptions of the job");
    }

    private Optional<Last> last() {
        if (frame.isPresent()) {
            return frame;
        }
        try {
            return folder.last();
        } catch (IOException e) {
            // Written by the job's own process, which may have no good reason.
            LOG.warn("cannot use what is said in {} of the end: {}", folder.path(), e.getMessage());
            return Optional.empty();
        }
    }

    private RunEnd told(Last last) {
        Cause cause;
        try {
            cause = Cause.valueOf(last.cause());
        } catch (IllegalArgumentException e) {
            return new RunEnd(Cause.UNKNOWN, seen.code(), seen.signal(), last.cause() + ": " + last.detail());
        }
        // The JVM does not tell the host with what it is being left, but the kernel does.
        OptionalInt code = last.code().isPresent()
                ? OptionalInt.of((int) (long) last.code().get())
                : cause == Cause.EXIT_CALLED ? seen.code() : OptionalInt.empty();
        return new RunEnd(cause, code, seen.signal(), last.detail());
    }

    private RunEnd crash(String report) {
        String head = String.join(
                "\n", report.lines().takeWhile(line -> line.startsWith("#")).toList());
        Matcher memory = OUT_OF_MEMORY.matcher(head);
        if (memory.find()) {
            String what =
                    memory.group(1) == null ? "native memory" : memory.group(1).strip();
            return new RunEnd(Cause.OUT_OF_MEMORY, seen.code(), seen.signal(), what);
        }
        String what = first(SIGNAL, head).or(() -> first(INTERNAL, head)).orElse("its JVM crashed");
        String where = first(FRAME, head).map(it -> " in " + it).orElse("");
        return new RunEnd(Cause.NATIVE_CRASH, seen.code(), seen.signal(), what + where);
    }

    private static Optional<String> first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    }

    private static int number(RunEnd end) {
        return end.signal().orElse(0);
    }

    private String evidence(String sentence, Optional<String> report) throws IOException {
        StringBuilder text = new StringBuilder(bounded(sentence, STACK_CHARS));
        report.ifPresent(it -> {
            section(it, line -> line.startsWith("Java frames:"), text);
            section(it, line -> line.startsWith("Native frames:"), text);
            section(it, line -> line.equals("Heap:"), text);
        });
        List<String> lines = HostFolder.tail(log, LOG_BYTES).lines().toList();
        if (!lines.isEmpty()) {
            text.append("\n\nThe last lines of its log:\n");
            text.append(String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
        }
        return text.toString();
    }

    /** From the line to the next empty one. */
    private static void section(String report, Predicate<String> first, StringBuilder text) {
        String section = String.join(
                "\n",
                report.lines()
                        .dropWhile(first.negate())
                        .takeWhile(line -> !line.isBlank())
                        .toList());
        if (!section.isEmpty()) {
            text.append("\n\n").append(bounded(section, SECTION_CHARS));
        }
    }

    private static String bounded(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit) + "\n(cut)";
    }
}
