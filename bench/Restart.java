import java.io.RandomAccessFile;
import java.util.Arrays;

/**
 * Kills a supervised service with SIGKILL and measures the time until its next process says its pid.
 *
 * <p>Arguments: a FIFO into which each process of the service writes its pid as a line, the number of kills, and how
 * long a process lives before it is killed, in ms (above the supervisor's throttle, or that is what is measured).
 * Prints median, least and most in ms; the pid of the last process goes to the standard error.
 */
final class Restart {
    private Restart() {}

    public static void main(String[] arguments) throws Exception {
        int kills = Integer.parseInt(arguments[1]);
        long life = Long.parseLong(arguments[2]);
        double[] millis = new double[kills];
        // Open for writing too: no end of file between two processes.
        try (RandomAccessFile pids = new RandomAccessFile(arguments[0], "rw")) {
            long pid = Long.parseLong(pids.readLine().strip());
            for (int i = 0; i < kills; i++) {
                Thread.sleep(life);
                ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
                long begin = System.nanoTime();
                process.destroyForcibly();
                pid = Long.parseLong(pids.readLine().strip());
                millis[i] = (System.nanoTime() - begin) / 1e6;
            }
            System.err.println(pid);
        }
        Arrays.sort(millis);
        System.out.printf("%.2f %.2f %.2f%n", millis[kills / 2], millis[0], millis[kills - 1]);
    }
}
