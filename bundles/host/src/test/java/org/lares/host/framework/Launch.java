package org.lares.host.framework;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.xpc.host.Order;
import org.lares.xpc.host.Order.BundleFile;

/**
 * A host's framework without a container, in a JVM of its own: the folder, {@code connect} or {@code plain}, and the
 * bundles' files, the job's last. It says a line once the job's bundle is started, and ends when its input does.
 */
public final class Launch {
    private Launch() {}

    public static void main(String[] arguments) throws Exception {
        try (HostFramework framework =
                HostFramework.launch(order(arguments), pids -> System.out.println("wanted " + pids))) {
            framework.start();
            System.out.println("active");
            while (System.in.read() >= 0) {
                // Until the test has seen enough.
            }
        }
    }

    private static Order order(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        List<BundleFile> bundles = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            bundles.add(new BundleFile(
                    Path.of(arguments[i]), Path.of(arguments[i]).toUri().toString(), i == arguments.length - 1));
        }
        return new Order(
                folder.resolve("socket"),
                "system",
                "test",
                "1",
                new byte[0],
                Optional.of("1"),
                bundles,
                arguments[1].equals("connect"),
                Map.of(),
                folder,
                0,
                Optional.empty());
    }
}
