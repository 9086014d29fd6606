package org.lares.shell.view;

import java.util.List;
import java.util.Locale;

/** Signals of Linux by name and number. */
public final class Signals {
    /** By number; 0 is no signal. */
    private static final List<String> NAMES = List.of(
            "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
            "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM",
            "PROF", "WINCH", "IO", "PWR", "SYS");

    /** By number, in the words of launchctl; where it has none, the name is used. */
    private static final List<String> WORDS = List.of(
            "",
            "Hangup",
            "Interrupt",
            "Quit",
            "Illegal instruction",
            "Trace/BPT trap",
            "Abort trap",
            "Bus error",
            "Floating point exception",
            "Killed",
            "User defined signal 1",
            "Segmentation fault",
            "User defined signal 2",
            "Broken pipe",
            "Alarm clock",
            "Terminated");

    private static final int LAST = 64;

    private Signals() {}

    /**
     * {@code SIGKILL}, {@code kill}, {@code 9} or {@code -9}.
     *
     * @return 1 to 64
     * @throws IllegalArgumentException if it is no signal; the message says how to write one
     */
    public static int parse(String text) {
        String name = (text.startsWith("-") ? text.substring(1) : text).toUpperCase(Locale.ROOT);
        if (!name.isEmpty() && name.length() <= 2 && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            int number = Integer.parseInt(name);
            if (number >= 1 && number <= LAST) {
                return number;
            }
        }
        int number = NAMES.indexOf(name.startsWith("SIG") ? name.substring(3) : name);
        if (number < 1) {
            throw new IllegalArgumentException("not a signal: \"" + text + "\"; write for example SIGTERM, TERM or 15");
        }
        return number;
    }

    /** {@code SIGKILL}; for a signal without a name its number. */
    public static String name(int number) {
        return number > 0 && number < NAMES.size() ? "SIG" + NAMES.get(number) : Integer.toString(number);
    }

    /** {@code Killed: 9}, as launchctl prints it. */
    public static String words(int number) {
        return (number > 0 && number < WORDS.size() ? WORDS.get(number) : name(number)) + ": " + number;
    }

    /** All names, with {@code SIG}. */
    public static List<String> names() {
        return NAMES.stream().skip(1).map(name -> "SIG" + name).toList();
    }
}
