import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/** Waits until something on a port of this host says something, and prints that moment in ms since the epoch. */
final class Banner {
    private Banner() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (socket.getInputStream().read() >= 0) {
                    System.out.println(System.currentTimeMillis());
                    return;
                }
            } catch (IOException notYet) {
                Thread.sleep(5);
            }
        }
    }
}
