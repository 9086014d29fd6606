import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.host.framework.HostFramework;
import org.lares.xpc.host.Order;

/** A host's framework without a container: folder, connect or plain, files of bundles, the job's last. Says when it is up. */
final class HostStart {
    private HostStart() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            System.out.println("active");
            return;
        }
        List<Order.BundleFile> bundles = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            bundles.add(new Order.BundleFile(
                    Path.of(arguments[i]), "file:" + arguments[i], i == arguments.length - 1));
        }
        Path folder = Path.of(arguments[0]);
        Order order = new Order(folder, "system", "bench", "1", new byte[0], Optional.of("1"), bundles,
                arguments[1].equals("connect"), Map.of(), folder, 0, Optional.empty());
        try (HostFramework framework = HostFramework.launch(order, pids -> {})) {
            framework.start();
            System.out.println("active");
        }
    }
}
