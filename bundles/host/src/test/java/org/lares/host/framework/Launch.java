package org.lares.host.framework;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.xpc.host.Configuration;
import org.lares.xpc.host.Order;
import org.lares.xpc.host.Order.BundleFile;
import org.osgi.framework.BundleException;

/**
 * A host's framework without a container, in a JVM of its own: the folder, {@code connect} or {@code plain}, and the
 * bundles' files, the job's last. It does what its input says, a line at a time, and stops when that ends.
 */
public final class Launch {
    private Launch() {}

    public static void main(String[] arguments) throws Exception {
        HostFramework framework = HostFramework.launch(order(arguments), pids -> System.out.println("wanted " + pids));
        System.out.println("launched " + framework.job().getSymbolicName());
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 4);
            switch (words[0]) {
                case "start" -> start(framework);
                case "set" ->
                    framework.configure(List.of(new Configuration(
                            words[1],
                            Optional.of(words[2]).filter(it -> !it.equals("-")),
                            Optional.of(words[3].replace(';', '\n')))));
                case "delete" ->
                    framework.configure(List.of(new Configuration(words[1], Optional.empty(), Optional.empty())));
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.out.println("ended " + framework.stop(20_000));
    }

    private static void start(HostFramework framework) {
        try {
            framework.start();
            System.out.println("active");
        } catch (BundleException e) {
            System.out.println("failed " + e.getCause().getMessage());
        }
    }

    private static Order order(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        List<BundleFile> bundles = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            Path file = Path.of(arguments[i]);
            bundles.add(new BundleFile(file, "test:" + file.getFileName(), i == arguments.length - 1));
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
                Map.of(Order.DATA, folder.resolveSibling("files").toString()),
                folder,
                0,
                Optional.empty());
    }
}
