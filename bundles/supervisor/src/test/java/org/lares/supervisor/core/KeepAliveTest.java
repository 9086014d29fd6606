package org.lares.supervisor.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lares.job.JobState;
import org.lares.job.Label;

/**
 * KeepAlive variant x how a run ends x what was asked meanwhile. What is right stands in {@link #TABLE}, written from
 * launchd.plist(5), not from the code.
 */
class KeepAliveTest {

    /** Columns: the ends in {@link #ENDS}, in their order. {@code +}: a new run is started; {@code .}: none. */
    private static final String[][] TABLE = {
        // definition                                  exit0 exit1 TERM KILL SEGV ABRT unknown
        {"on demand", "", ". . . . . . ."},
        {"RunAtLoad", "runatload", ". . . . . . ."},
        {"KeepAlive", "keepalive", "+ + + + + + +"},
        {"SuccessfulExit=true", "exit=true", "+ . . . . . ."},
        {"SuccessfulExit=false", "exit=false", ". + + + + + +"},
        {"Crashed=true", "crash=true", ". . . . + + ."},
        {"Crashed=false", "crash=false", "+ + + + . . +"},
        {"SuccessfulExit=true or Crashed=true", "exit=true crash=true", "+ . . . + + ."},
        {"SuccessfulExit=false or Crashed=false", "exit=false crash=false", "+ + + + + + +"},
        {"PathState, holds", "path:/there=true", "+ + + + + + +"},
        {"PathState, does not hold", "path:/missing=true", ". . . . . . ."},
        {"PathState=false, holds", "path:/missing=false", "+ + + + + + +"},
        {"PathState or Crashed=true", "path:/missing=true crash=true", ". . . . + + ."},
        {"OtherJobEnabled, holds", "enabled:other=true", "+ + + + + + +"},
        {"OtherJobEnabled, does not hold", "enabled:nobody=true", ". . . . . . ."},
        {"OtherJobEnabled=false, holds", "enabled:nobody=false", "+ + + + + + +"},
        {"OtherJobActive, does not hold", "active:other=true", ". . . . . . ."},
        {"OtherJobActive=false, holds", "active:other=false", "+ + + + + + +"},
        {"AfterInitialDemand, demanded", "exit=true afterdemand", "+ . . . . . ."},
        {"KeepAlive and LaunchOnlyOnce", "keepalive once", ". . . . . . ."},
    };

    private static final String[] ENDS = {
        "exited 0", "exited 1", "signaled 15", "signaled 9", "signaled 11", "signaled 6", "unknown"
    };

    /** Commands before the end, and whether the column of the table counts, or always or never a new run is started. */
    private enum Asked {
        NOTHING("", '?'),
        KILL_BY_A_PERSON("kill 15 a", '?'),
        KICKSTART("kickstart a", '?'),
        KICKSTART_KILL("kickstart -k a", '+'),
        DISABLE("disable a", '.'),
        BOOTOUT("bootout a", '.'),
        SHUTDOWN("shutdown", '.'),
        OBSTACLE("obstacle a the bundle is not resolved", '.'),
        OTHER_WORK_OF_THE_SAME_POLICY("", '+');

        final String command;
        final char result;

        Asked(String command, char result) {
            this.command = command;
            this.result = result;
        }
    }

    @TestFactory
    Stream<DynamicTest> shouldStartAgainAsLaunchdDoes() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String[] row : TABLE) {
            String[] expected = row[2].split(" ");
            for (int i = 0; i < ENDS.length; i++) {
                for (Asked asked : Asked.values()) {
                    String definition = row[1];
                    String end = ENDS[i];
                    char result = asked.result == '?' ? expected[i].charAt(0) : asked.result;
                    boolean once = asked == Asked.OTHER_WORK_OF_THE_SAME_POLICY && definition.contains("once");
                    tests.add(DynamicTest.dynamicTest(
                            row[0] + ", " + end + ", " + asked,
                            () -> check(definition, end, asked, result == '+' && !once)));
                }
            }
        }
        return tests.stream();
    }

    private static void check(String definition, String end, Asked asked, boolean again) {
        World world = new World(false);
        world.run("path /there exists");
        world.run("load other");
        world.run("load a throttle=0s " + definition);
        world.run("kickstart a");
        world.run("started a");
        if (asked == Asked.OTHER_WORK_OF_THE_SAME_POLICY) {
            world.run("redefine a program=/bin/new throttle=0s " + definition);
        } else if (!asked.command.isEmpty()) {
            world.run(asked.command);
        }
        world.run("ended a " + end);
        Optional<JobState> state = Optional.ofNullable(world.state.jobs().get(Label.of("a")))
                .map(entry -> entry.job().state());
        assertEquals(again, state.equals(Optional.of(JobState.STARTING)), () -> "state " + state);
    }
}
