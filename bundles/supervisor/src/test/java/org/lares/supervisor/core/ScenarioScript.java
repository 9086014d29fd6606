package org.lares.supervisor.core;

import java.util.List;

/** The text of a scenario; its format is described in docs/core.md. */
final class ScenarioScript {
    private ScenarioScript() {}

    /** Carries out the commands of a script; the result is the script with what really happened. */
    static String play(String script) {
        World world = new World(true);
        StringBuilder result = new StringBuilder();
        boolean output = false;
        boolean commands = false;
        for (String line : script.lines().toList()) {
            if (output) {
                output = !line.isBlank();
            } else if (line.equals("----")) {
                output = true;
            } else if (line.isBlank() || line.startsWith("#")) {
                if (commands) {
                    finish(world, result);
                    commands = false;
                }
                result.append(line).append('\n');
                continue;
            } else {
                world.run(line);
                result.append(line).append('\n');
                commands = true;
                continue;
            }
            if (commands) {
                finish(world, result);
                commands = false;
            }
            if (!output) {
                result.append('\n');
            }
        }
        if (commands) {
            finish(world, result);
        }
        return result.toString();
    }

    private static void finish(World world, StringBuilder result) {
        result.append("----\n").append(world.trace());
    }

    /** A script from commands alone; the last one may break an invariant, and then says which. */
    static String write(List<String> commands) {
        World world = new World(true);
        StringBuilder result = new StringBuilder();
        for (String command : commands) {
            result.append(command).append("\n----\n");
            try {
                world.run(command);
                result.append(world.trace()).append('\n');
            } catch (RuntimeException | AssertionError e) {
                return result.append(world.trace())
                        .append("!! ")
                        .append(e.getMessage() == null ? e.toString() : e.getMessage())
                        .append('\n')
                        .toString();
            }
        }
        return result.toString();
    }
}
