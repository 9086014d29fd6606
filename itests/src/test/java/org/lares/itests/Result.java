package org.lares.itests;

/**
 * How a command ended.
 *
 * @param exit its exit code, 128 + n after signal n
 * @param out what it wrote to its standard output
 * @param err what it wrote to its standard error
 */
public record Result(int exit, String out, String err) {
    /** This result if the exit code is 0; otherwise an assertion error that shows what the command said. */
    public Result succeeded() {
        if (exit != 0) {
            throw new AssertionError("exit code " + exit + "\n" + out + err);
        }
        return this;
    }
}
