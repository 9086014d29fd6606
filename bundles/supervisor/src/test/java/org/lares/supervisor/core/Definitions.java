package org.lares.supervisor.core;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.job.BackOff;
import org.lares.job.GiveUp;
import org.lares.job.Isolation;
import org.lares.job.JobKind;
import org.lares.job.JobSpec;
import org.lares.job.KeepAlive;
import org.lares.job.Label;
import org.lares.job.Origin;
import org.lares.job.Policy;
import org.lares.job.Work;

/** Definitions from the words of a scenario, such as {@code bundle keepalive throttle=5s}; see docs/core.md. */
final class Definitions {
    private Definitions() {}

    static JobSpec parse(Label label, List<String> words) {
        Policy.Builder policy = Policy.builder();
        Work work = Work.ProgramWork.of("/bin/" + label);
        boolean always = false;
        boolean afterDemand = false;
        Optional<Boolean> exit = Optional.empty();
        Optional<Boolean> crash = Optional.empty();
        Map<String, Boolean> paths = new HashMap<>();
        Map<Label, Boolean> enabled = new HashMap<>();
        Map<Label, Boolean> active = new HashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            String key = equals < 0 ? word : word.substring(0, equals);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            if (key.startsWith("path:")) {
                paths.put(key.substring(5), Boolean.valueOf(value));
                continue;
            } else if (key.startsWith("enabled:")) {
                enabled.put(Label.of(key.substring(8)), Boolean.valueOf(value));
                continue;
            } else if (key.startsWith("active:")) {
                active.put(Label.of(key.substring(7)), Boolean.valueOf(value));
                continue;
            }
            switch (key) {
                case "bundle" -> work = Work.BundleWork.installed(1, label.value(), Isolation.CONTAINER);
                case "process" -> work = Work.BundleWork.installed(1, label.value(), Isolation.PROCESS);
                case "quarantine" -> policy.quarantineOnFailure(Integer.parseInt(value));
                case "program" -> work = Work.ProgramWork.of(value);
                case "runatload" -> policy.runAtLoad(true);
                case "keepalive" -> always = true;
                case "exit" -> exit = Optional.of(Boolean.valueOf(value));
                case "crash" -> crash = Optional.of(Boolean.valueOf(value));
                case "afterdemand" -> afterDemand = true;
                case "throttle" -> policy.throttle(duration(value));
                case "exittimeout" -> policy.exitTimeOut(duration(value));
                case "once" -> policy.launchOnlyOnce(true);
                case "interval" -> policy.startInterval(duration(value));
                case "disabled" -> policy.disabled(true);
                case "backoff" -> policy.backOff(backOff(value.split(",")));
                case "giveup" -> policy.giveUp(giveUp(value.split(",")));
                default -> throw new IllegalArgumentException("no such word in a definition: " + word);
            }
        }
        policy.keepAlive(new KeepAlive(always, exit, crash, paths, enabled, active, afterDemand));
        Origin origin = new Origin.BundleOrigin(1, label.value(), "1.0.0");
        return new JobSpec(label, JobKind.DAEMON, origin, work, policy.build(), "", List.of());
    }

    private static BackOff backOff(String[] parts) {
        return new BackOff(
                duration(parts[0]),
                Double.parseDouble(parts[1]),
                duration(parts[2]),
                Double.parseDouble(parts[3]),
                duration(parts[4]));
    }

    private static GiveUp giveUp(String[] parts) {
        return new GiveUp(Integer.parseInt(parts[0]), duration(parts[1]));
    }

    /** {@code 500ms}, {@code 10s}, {@code 5m}, {@code 3h}, {@code 2d}. */
    static Duration duration(String text) {
        if (text.endsWith("ms")) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(number);
            case 'm' -> Duration.ofMinutes(number);
            case 'h' -> Duration.ofHours(number);
            case 'd' -> Duration.ofDays(number);
            default -> throw new IllegalArgumentException("not a duration: " + text + "; write 500ms, 10s, 5m, 3h, 2d");
        };
    }
}
