package org.lares.xpc.host;

import java.net.ProtocolException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.CborException;
import org.lares.xpc.cbor.Limits;

/**
 * What a new host is to be, given to it on its standard input, where {@code ps} does not show it.
 *
 * @param socket of the container's door
 * @param domain of the job
 * @param label of the job
 * @param id of this process among all that the container made: a run's id, or the name of a spare
 * @param ticket for the first check-in; good once, and from this process only
 * @param run empty for a spare, which learns its run by {@link FromContainer.Go}
 * @param bundles in the order of their installation
 * @param connect whether the bundles are on the class path of the JVM (OSGi Connect); else they are installed from
 *     their files
 * @param properties of the framework
 * @param folder the process's own, for its framework's cache and its last frame; exists, mode 0700
 * @param exitTimeOut milliseconds from Stop to being ended by force; 0 for no limit
 * @param watchdog milliseconds after which a job that does not report has failed
 */
public record Order(
        Path socket,
        String domain,
        String label,
        String id,
        byte[] ticket,
        Optional<String> run,
        List<BundleFile> bundles,
        boolean connect,
        Map<String, String> properties,
        Path folder,
        long exitTimeOut,
        Optional<Long> watchdog) {

    /** At the container's door. */
    public static final String ENDPOINT = "org.lares.host";

    /** In {@link #properties}: the folder of the job's files, BundleContext.getDataFile, which outlives the process. */
    public static final String DATA = "org.lares.data";

    /** In {@link #folder}: where the host writes {@link FromHost.Last}, before it sends it, for a container that is away. */
    public static final String LAST_FRAME = "last";

    /** In {@link #folder}: where the JVM writes of its own crash (java(1): -XX:ErrorFile). */
    public static final String CRASH_REPORT = "hs_err.log";

    /** In {@link #folder}: the framework's own files. */
    public static final String CACHE = "framework";

    private static final int LARGEST = 1 << 20;

    private static final Limits LIMITS = new Limits(LARGEST, 8, 20_000);

    /**
     * A bundle of the closure.
     *
     * @param file absolute; never changes
     * @param location under which it is installed
     * @param job whether it is the job's own, which carries its definition
     */
    public record BundleFile(Path file, String location, boolean job) {}

    public Order {
        bundles = List.copyOf(bundles);
        properties = Map.copyOf(properties);
    }

    public byte[] encode() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("socket", socket.toString());
        map.put("domain", domain);
        map.put("label", label);
        map.put("id", id);
        map.put("ticket", ticket);
        run.ifPresent(it -> map.put("run", it));
        map.put(
                "bundles",
                bundles.stream()
                        .map(it -> Map.of("file", it.file().toString(), "location", it.location(), "job", it.job()))
                        .toList());
        map.put("connect", connect);
        map.put("properties", properties);
        map.put("folder", folder.toString());
        map.put("exitTimeOut", exitTimeOut);
        watchdog.ifPresent(it -> map.put("watchdog", it));
        return Cbor.encode(map);
    }

    /** @throws ProtocolException if the bytes are no order */
    public static Order decode(byte[] bytes) throws ProtocolException {
        Fields fields;
        try {
            fields = Fields.of(Cbor.decode(bytes, LIMITS));
        } catch (CborException e) {
            throw new ProtocolException("the order cannot be read: " + e.getMessage());
        }
        return new Order(
                Path.of(fields.text("socket")),
                fields.text("domain"),
                fields.text("label"),
                fields.text("id"),
                fields.bytes("ticket"),
                fields.optionalText("run"),
                fields.list("bundles").stream().map(Order::bundle).toList(),
                fields.flag("connect"),
                fields.texts("properties"),
                Path.of(fields.text("folder")),
                fields.number("exitTimeOut"),
                fields.optionalNumber("watchdog"));
    }

    private static BundleFile bundle(Fields fields) {
        return new BundleFile(Path.of(fields.text("file")), fields.text("location"), fields.flag("job"));
    }
}
